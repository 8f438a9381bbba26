import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy } from './s3-problem';

/** Half a minute in total; the SDK itself gives up on a busy server within a second. */
const DELAYS_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];

/** Retries while the server is busy, with backoff. */
export async function withPatience<T>(work: () => Promise<T>): Promise<T> {
  for (const delayMs of DELAYS_MS) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
    // Jitter spreads workers that were refused together.
    await sleep(delayMs * (0.5 + Math.random() / 2));
  }
  return work();
}
