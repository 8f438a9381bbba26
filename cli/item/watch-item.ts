/** Waits for an image while showing what it does. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ImageHandle } from '../../client/items/item-handle';
import { NoServerError } from '../../client/temporal/connection';
import type { ItemReport } from '../../workflows/domain/item/item';
import { missingWords } from '../terminal/outage-text';
import { statusWords } from './status-text';

/** Often enough to look alive, seldom enough to be no load. */
const LOOK_EVERY_MS = 500;

/** The report of an image, also of one that failed. Waits for a server that is gone: the work is safe there. */
export async function reportOf(image: ImageHandle, signal: AbortSignal): Promise<ItemReport> {
  try {
    return await image.report();
  } catch (error) {
    if (error instanceof NoServerError && !signal.aborted) return reportOf(image, signal);
    throw error;
  }
}

/** Calls `show` with what the image is doing until `signal` is aborted. */
export async function watchImage(
  image: ImageHandle,
  show: (words: string) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const words = await wordsOf(image);
    if (signal.aborted) return;
    show(words);
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function wordsOf(image: ImageHandle): Promise<string> {
  try {
    return statusWords(await image.status());
  } catch (error) {
    // The display is no reason to give up waiting: the result is awaited elsewhere and reports what is really wrong.
    return missingWords(error) ?? `status not readable: ${error instanceof Error ? error.message : String(error)}`;
  }
}
