import { isCancellation } from '@temporalio/workflow';

/** The result of `work`, or `cancelled`, for callers to whom a cancellation is an answer and not an error. */
export async function unlessCancelled<T>(work: Promise<T>): Promise<T | 'cancelled'> {
  try {
    return await work;
  } catch (error) {
    if (isCancellation(error)) return 'cancelled';
    throw error;
  }
}
