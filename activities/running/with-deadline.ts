import { setTimeout as sleep } from 'node:timers/promises';

/** The work exceeded its deadline. It may still run, but its result is ignored. */
export class DeadlinePassedError extends Error {
  override readonly name = 'DeadlinePassedError';
}

/**
 * Returns the result of `work`, or throws after `limitMs`.
 *
 * @param what beginning of the error message
 * @throws any error of `work`, or DeadlinePassedError
 */
export async function withDeadline<T>(what: string, limitMs: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw new DeadlinePassedError(`${what} took longer than ${limitMs / 1_000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
