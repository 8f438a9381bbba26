/** Waits for an item, shows its status, and says how it ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EndedItem, ItemHandle } from '../../client/items/item-handle';
import { ImagePipelineError, NoServerError } from '../../connection/errors';
import type { ItemReport } from '../../workflows/domain/item/item';
import type { CliContext } from '../context';
import { EXIT, type ExitCode, toExitCode } from '../exit-codes';
import { toCommand, withCommands } from '../invocation';
import { waitForAbort } from '../terminal/interrupts';
import { LiveLines } from '../terminal/live-lines';
import { describeOutage } from '../terminal/outage-text';
import { formatItemStatus } from './status-text';

/** How often the status is read, in ms: frequent enough to look live, rare enough to cause no load. */
const POLL_INTERVAL_MS = 500;

/** Waits for the report of an item, successful or not. Retries while the server is unreachable: the work is safe there. */
async function toReport(item: ItemHandle, signal: AbortSignal): Promise<EndedItem> {
  try {
    return await item.report();
  } catch (error) {
    if (error instanceof NoServerError && !signal.aborted) return toReport(item, signal);
    throw error;
  }
}

/** Calls `show` with the status of the item until `signal` is aborted. */
async function watchItem(item: ItemHandle, show: (words: string) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const words = await describeStatus(item);
    if (signal.aborted) return;
    show(words);
    await sleep(POLL_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function describeStatus(item: ItemHandle): Promise<string> {
  try {
    return formatItemStatus(await item.status());
  } catch (error) {
    // A failed status must not end the wait: the result is awaited elsewhere and reports the cause.
    return describeOutage(error) ?? `status not readable: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * Shows the progress of an item until it ends. Returns its report, or `undefined` after Ctrl-C.
 *
 * @param place prefix of each line, for instance `2 of 4 · `; empty for one item
 */
export async function followItem(
  item: ItemHandle,
  place: string,
  interrupted: AbortSignal,
  context: CliContext,
): Promise<EndedItem | undefined> {
  const ended = new AbortController();
  const lines = LiveLines.of(context);
  const report = toReport(item, interrupted);
  const watching = watchItem(item, (words) => lines.show([`${place}${words}`]), ended.signal);
  try {
    const first = await Promise.race([report, waitForAbort(interrupted)]);
    ended.abort();
    await watching;
    lines.clear();
    return first ?? undefined;
  } finally {
    ended.abort();
    // After Ctrl-C this promise is dropped, and rejects when the connection closes.
    report.catch(() => undefined);
  }
}

/** @param open the items that have not ended yet */
export function detachedFrom(open: readonly ItemHandle[], context: CliContext): ExitCode {
  context.stderr.write('interrupted; the work continues. Run the same command to wait for it again\n');
  for (const { id } of open) context.stderr.write(`watch     ${toCommand(`status ${id} --watch`, context)}\n`);
  return EXIT.interrupted;
}

/**
 * Prints why an item did not succeed, and the remedy.
 *
 * @param isQuiet print nothing
 * @returns its exit code
 */
export function reportEnd(id: string, report: ItemReport, isQuiet: boolean, context: CliContext): ExitCode {
  const error = new ImagePipelineError(id, report);
  const words = `${id}: ${error.outcome}: ${error.message}\n${error.remedy}\n`;
  if (!isQuiet) context.stderr.write(withCommands(words, context));
  return toExitCode(error);
}
