import type { ItemHandle } from '../../client/items/item-handle';
import type { ItemReport } from '../../workflows/domain/item/item';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { toCommand } from '../invocation';
import { waitForAbort } from '../terminal/interrupts';
import { LiveLines } from '../terminal/live-lines';
import { toReport, watchItem } from './watch-item';

/**
 * Shows the progress of an image until it ends. Returns its report, or `undefined` after Ctrl-C.
 *
 * @param place prefix of each line, for instance `2 of 4 · `; empty for a single image
 */
export async function followItem(
  image: ItemHandle,
  place: string,
  interrupted: AbortSignal,
  context: CliContext,
): Promise<ItemReport | undefined> {
  const ended = new AbortController();
  const lines = LiveLines.of(context);
  const report = toReport(image, interrupted);
  const watching = watchItem(image, (words) => lines.show([`${place}${words}`]), ended.signal);
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
