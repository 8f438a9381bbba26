import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Returns the result of `work`, or throws after `ms`. The SDK's own deadline applies to one attempt of a call and not
 * to its retries, which a probe does not wait for.
 *
 * @throws any error of `work`, or an Error after the timeout
 */
export async function withTimeout<T>(ms: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`no answer within ${ms} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
