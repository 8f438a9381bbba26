import { isCancellation } from '@temporalio/workflow';

/** What is waited for, or that the wait was cancelled: for those to whom a cancellation is an answer and no error. */
export async function unlessCancelled<T>(work: Promise<T>): Promise<T | 'cancelled'> {
  try {
    return await work;
  } catch (error) {
    if (isCancellation(error)) return 'cancelled';
    throw error;
  }
}
