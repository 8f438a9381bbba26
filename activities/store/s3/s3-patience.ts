import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy } from './s3-problem';

/** Half a minute in all: the SDK itself gives a busy server up within a second. */
const DELAYS_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];

/** Asks a server again that is busy, and waits the longer the more often. */
export async function withPatience<T>(work: () => Promise<T>): Promise<T> {
  for (const delayMs of DELAYS_MS) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
    // Workers that were refused together do not come back together.
    await sleep(delayMs * (0.5 + Math.random() / 2));
  }
  return work();
}
