import { setTimeout as sleep } from 'node:timers/promises';

/** Something took longer than it may; it may still go on, and nobody waits for it. */
export class DeadlinePassedError extends Error {
  override readonly name = 'DeadlinePassedError';
}

/**
 * The outcome of `work`, or a failure after `limitMs`.
 *
 * @param what begins the message of the failure
 * @throws what `work` throws, or DeadlinePassedError
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
