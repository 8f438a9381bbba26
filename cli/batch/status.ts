import { setTimeout as sleep } from 'node:timers/promises';
import { type BatchStatus, hasEnded } from '../../client/batches/batch-status';
import { ImagePipelineClient } from '../../client/client';
import type { Kind } from '../../client/find-kind';
import type { ItemHandle } from '../../client/items/item-handle';
import type { ItemStatus } from '../../client/items/item-status';
import { isOpenState } from '../../workflows/domain/item/item';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { withCommands } from '../invocation';
import { formatItemStatus, formatSteps, statusRemedy } from '../item/status-text';
import { formatNotifications } from '../notifications-text';
import { requireKind } from '../require-kind';
import { catchInterrupts, untilClosed } from '../terminal/interrupts';
import { LiveLines } from '../terminal/live-lines';
import { describeOutage } from '../terminal/outage-text';
import { formatBatchStatus } from './batch-text';
import { printNextSteps, watchBatch } from './follow-batch';

interface StatusFlags {
  readonly watch?: true;
  readonly json?: true;
}

const POLL_INTERVAL_MS = 1_000;

/** Adds `imagepipeline status`. */
export const addStatusCommand: AddCommand = (program, context, done) => {
  program
    .command('status')
    .description('show the status of a batch or a single item')
    .argument('<id>', 'of the batch or item')
    .option('--watch', 'refresh until it has ended')
    .option('--json', 'print one JSON object on stdout, and nothing else')
    .action(async (id: string, flags: StatusFlags) => done(await status(id, flags, context)));
};

/** The last status, as text and as data. */
interface Seen {
  readonly kind: Kind;
  readonly status: object;
  readonly lines: readonly string[];
  /** The status of a batch that has ended; `null` for anything else. */
  readonly ended: BatchStatus | null;
}

async function status(id: string, { watch, json }: StatusFlags, context: CliContext): Promise<ExitCode> {
  const client = await ImagePipelineClient.connect({ env: context.env });
  const interrupts = catchInterrupts();
  try {
    // --json prints the last status even if the display has been closed.
    const interrupted = json ? interrupts.signal : untilClosed(interrupts.signal, context.stderr);
    const look = (await requireKind(client, id)) === 'batch' ? seeBatch : seeItem;
    const seen = await look(client, id, watch ? interrupted : null, context);
    if (seen === null) return interrupts.signal.aborted ? EXIT.interrupted : EXIT.done;
    if (json) context.stdout.write(`${JSON.stringify({ kind: seen.kind, ...seen.status })}\n`);
    else if (!watch) context.stdout.write(`${withCommands(seen.lines.join('\n'), context)}\n`);
    else if (seen.ended !== null) printNextSteps(seen.ended, null, context);
    return EXIT.done;
  } finally {
    interrupts.release();
    await client.close();
  }
}

/** Shows a batch; `null` if the watch ended before the batch. */
async function seeBatch(
  client: ImagePipelineClient,
  id: string,
  watching: AbortSignal | null,
  context: CliContext,
): Promise<Seen | null> {
  const batch = client.batch(id);
  const last = watching === null ? await batch.status() : await watchBatch(batch, context, watching);
  if (last === null) return null;
  const lines = [...formatBatchStatus(last, { perSecond: null }), ...formatNotifications(last.notifications)];
  return { kind: 'batch', status: last, lines, ended: hasEnded(last) ? last : null };
}

/** Shows an item; `null` if the watch ended before the item. */
async function seeItem(
  client: ImagePipelineClient,
  id: string,
  watching: AbortSignal | null,
  context: CliContext,
): Promise<Seen | null> {
  const item = client.item(id);
  const last = watching === null ? await item.status() : await watchItem(item, watching, LiveLines.of(context));
  if (last === null) return null;
  const remedy = statusRemedy(last);
  const lines = [
    `${id}: ${formatItemStatus(last)}`,
    ...formatSteps(last),
    ...(remedy === null ? [] : [remedy]),
    ...formatNotifications(last.notifications),
  ];
  return { kind: 'item', status: last, lines, ended: null };
}

async function watchItem(item: ItemHandle, interrupted: AbortSignal, lines: LiveLines): Promise<ItemStatus | null> {
  while (!interrupted.aborted) {
    const status = await lookAt(item, lines);
    if (status !== null) lines.show([`${item.id}: ${formatItemStatus(status)}`, ...formatSteps(status)]);
    if (status !== null && !isOpenState(status.state)) return status;
    await sleep(POLL_INTERVAL_MS, undefined, { signal: interrupted }).catch(() => undefined);
  }
  return null;
}

/** Reads the status; `null` while no server answers: the item waits, and so does its display. */
async function lookAt(item: ItemHandle, lines: LiveLines): Promise<ItemStatus | null> {
  try {
    return await item.status();
  } catch (error) {
    const words = describeOutage(error);
    if (words === null) throw error;
    lines.show([words]);
    return null;
  }
}
