/** Waits for an image while showing what it does. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ItemHandle } from '../../client/items/item-handle';
import { NoServerError } from '../../client/temporal/connection';
import type { ItemReport } from '../../workflows/domain/item/item';
import { describeOutage } from '../terminal/outage-text';
import { formatItemStatus } from './status-text';

/** Often enough to look alive, seldom enough to be no load. */
const POLL_INTERVAL_MS = 500;

/** The report of an image, also of one that failed. Waits for a server that is gone: the work is safe there. */
export async function toReport(image: ItemHandle, signal: AbortSignal): Promise<ItemReport> {
  try {
    return await image.report();
  } catch (error) {
    if (error instanceof NoServerError && !signal.aborted) return toReport(image, signal);
    throw error;
  }
}

/** Calls `show` with what the image is doing until `signal` is aborted. */
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
    // The display is no reason to give up waiting: the result is awaited elsewhere and reports what is really wrong.
    return describeOutage(error) ?? `status not readable: ${error instanceof Error ? error.message : String(error)}`;
  }
}
