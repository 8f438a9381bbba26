import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The outcome of `work`, or a failure after `ms`. The SDK's own deadline bounds one try of a call, and not those that
 * follow; whoever probes a worker does not wait for them.
 *
 * @throws what `work` throws, or an Error if it took longer
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
