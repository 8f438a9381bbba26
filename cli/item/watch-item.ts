/** Waits for an image and shows its status. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ItemHandle } from '../../client/items/item-handle';
import { NoServerError } from '../../client/temporal/connection';
import type { ItemReport } from '../../workflows/domain/item/item';
import { describeOutage } from '../terminal/outage-text';
import { formatItemStatus } from './status-text';

/** How often the status is read, in ms: frequent enough to look live, rare enough to cause no load. */
const POLL_INTERVAL_MS = 500;

/** Waits for the report of an image, successful or not. Retries while the server is unreachable: the work is safe there. */
export async function toReport(image: ItemHandle, signal: AbortSignal): Promise<ItemReport> {
  try {
    return await image.report();
  } catch (error) {
    if (error instanceof NoServerError && !signal.aborted) return toReport(image, signal);
    throw error;
  }
}

/** Calls `show` with the status of the image until `signal` is aborted. */
export async function watchItem(image: ItemHandle, show: (words: string) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const words = await describeStatus(image);
    if (signal.aborted) return;
    show(words);
    await sleep(POLL_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function describeStatus(image: ItemHandle): Promise<string> {
  try {
    return formatItemStatus(await image.status());
  } catch (error) {
    // A failed status must not end the wait: the result is awaited elsewhere and reports the cause.
    return describeOutage(error) ?? `status not readable: ${error instanceof Error ? error.message : String(error)}`;
  }
}
