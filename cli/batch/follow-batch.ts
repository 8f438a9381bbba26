/** Shows a batch until it ends, pauses, or Ctrl-C detaches from it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountHandle } from '../../client/account/account-handle';
import type { BatchHandle } from '../../client/batches/batch-handle';
import { type BatchStatus, hasEnded } from '../../client/batches/batch-status';
import type { OpenStore } from '../../client/open-store';
import { needsHuman } from '../../workflows/domain/account/account-hold';
import { batchItemsFolder } from '../../workflows/domain/batch/batch-ids';
import { findHoldCommand, isEndedByResume } from '../../workflows/domain/failures/hold-codes';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { toCommand, withCommands } from '../invocation';
import { LiveLines } from '../terminal/live-lines';
import { formatLocalTime } from '../terminal/local-time';
import { describeOutage } from '../terminal/outage-text';
import { computeTimeLeft, formatBatchStatus, openItems } from './batch-text';
import type { BatchTools } from './batch-tools';

const POLL_INTERVAL_MS = 1_000;
/** Number of status reads over which the rate is computed. */
const LOOKS_KEPT = 15;

/** Flags of the commands that start batches. */
export interface FollowFlags {
  readonly detach?: true;
  readonly json?: true;
}

interface FollowTools extends Pick<BatchTools, 'client' | 'interrupted'> {
  /** Of the batch. */
  readonly store: Pick<OpenStore, 'address'>;
}

/** Shows a batch that a command has just started, unless --detach is set. */
export async function followBatch(
  batch: BatchHandle,
  { detach, json }: FollowFlags,
  { client, interrupted, store }: FollowTools,
  context: CliContext,
): Promise<ExitCode> {
  if (detach && !json) {
    context.stderr.write(hints(context, [['watch', `status ${batch.id} --watch`]]));
    return EXIT.done;
  }
  // The batch waits for permits of this account.
  const account = client.account();
  const isEnough = async (status: BatchStatus) => isStuck(status) && !(await isResuming(batch.id, account));
  const last = detach ? await batch.status() : await watchBatch(batch, context, interrupted, isEnough);
  if (last === null) return printDetached(batch.id, context);
  if (json) context.stdout.write(`${JSON.stringify(last)}\n`);
  if (detach) return EXIT.done;
  if (isStuck(last)) reportHold(last, context);
  else if (!json && hasEnded(last)) printNextSteps(last, store.address, context);
  return toBatchExitCode(last);
}

/**
 * Shows a batch until it ends. Returns its last status; `null` if it was interrupted.
 *
 * @param isEnough ends the watch before the end of the batch
 */
export async function watchBatch(
  batch: BatchHandle,
  context: CliContext,
  interrupted: AbortSignal,
  isEnough: (status: BatchStatus) => boolean | Promise<boolean> = () => false,
): Promise<BatchStatus | null> {
  const lines = LiveLines.of(context);
  const seen: { readonly at: number; readonly ended: number }[] = [];
  let secondsLeft: number | null = null;
  while (!interrupted.aborted) {
    const status = await lookAt(batch, lines);
    if (status === null) continue;
    seen.push({ at: Date.now(), ended: status.counts.total - openItems(status) });
    seen.splice(0, seen.length - LOOKS_KEPT);
    const perSecond = computeRate(seen);
    secondsLeft = computeTimeLeft(status, perSecond, secondsLeft);
    // Before the reason is wrapped, since this lengthens commands.
    const reason = status.reason === null ? null : withCommands(status.reason, context);
    const { columns } = context.stderr;
    lines.show(formatBatchStatus({ ...status, reason }, { perSecond, secondsLeft, columns }));
    if (hasEnded(status) || (await isEnough(status))) return status;
    await sleep(POLL_INTERVAL_MS, undefined, { signal: interrupted }).catch(() => undefined);
  }
  return null;
}

/** Reads the status; `null` while no worker or server answers: the batch waits, and so does its display. */
async function lookAt(batch: BatchHandle, lines: LiveLines): Promise<BatchStatus | null> {
  try {
    return await batch.status();
  } catch (error) {
    const words = describeOutage(error);
    if (words === null) throw error;
    lines.show([words]);
    return null;
  }
}

/** Whether nothing is in flight and only an operator can resume the account: waiting would hang. */
function isStuck({ pausedBy, hold, counts }: BatchStatus): boolean {
  return pausedBy === 'account' && hold !== null && counts.running === 0 && needsHuman(hold.code);
}

/** Whether the account was resumed: the batch receives permits shortly, or after a successful probe. */
async function isResuming(batchId: string, account: AccountHandle): Promise<boolean> {
  try {
    const { holders, holds } = await account.status();
    const hold = holds.find(({ operation }) => operation === null);
    return holders.some(({ id }) => id === batchId) && hold?.probing !== false;
  } catch (error) {
    // The next read reports it.
    if (describeOutage(error) !== null) return true;
    throw error;
  }
}

/** Prints the commands for a batch that waits for its account. */
export function reportHold({ id, hold }: Pick<BatchStatus, 'id' | 'hold'>, context: CliContext): void {
  const code = hold?.code ?? '';
  const until = hold?.until ?? null;
  const opens = until === null ? '' : ` It continues automatically at ${formatLocalTime(new Date(until))}.`;
  const [when, purpose] = isEndedByResume(code)
    ? ['After you have fixed the cause', 'resume']
    : ['To continue now', 'change'];
  context.stderr.write(`the batch waits; nothing is lost.${opens} ${when}:\n`);
  const commands = [
    [purpose, findHoldCommand(code)],
    ['watch', `status ${id} --watch`],
  ] as const;
  context.stderr.write(hints(context, commands));
}

/**
 * Prints where the files of an ended batch are, and the next commands.
 *
 * @param store `null` if it is not known
 */
export function printNextSteps({ id, counts, steps }: BatchStatus, store: string | null, context: CliContext): void {
  if (store !== null) context.stderr.write(`${'files'.padEnd(LABEL_WIDTH)} ${store}/${batchItemsFolder(id)}\n`);
  const commands: Hint[] = [['outcomes', `results ${id}`]];
  if (counts.unknown > 0) commands.push(['unknown', `results ${id} --outcome unknown`]);
  if (counts.failed + counts.cancelled > 0) commands.push(['run again', `redrive ${id}`]);
  if ((counts.notStarted ?? 0) > 0)
    commands.push(['the rest', `batch FILE${steps === undefined ? '' : ' --recipe RECIPE'} --id ${id}`]);
  context.stderr.write(hints(context, commands));
}

const LABEL_WIDTH = 9;

/** The purpose of a command, and its arguments. */
type Hint = readonly [about: string, words: string];

function hints(context: CliContext, commands: readonly Hint[]): string {
  return commands.map(([about, words]) => `${about.padEnd(LABEL_WIDTH)} ${toCommand(words, context)}\n`).join('');
}

function computeRate(seen: readonly { readonly at: number; readonly ended: number }[]): number | null {
  const [first] = seen;
  const last = seen.at(-1);
  if (first === undefined || last === undefined || last.at === first.at) return null;
  return ((last.ended - first.ended) * 1_000) / (last.at - first.at);
}

function printDetached(id: string, context: CliContext): ExitCode {
  context.stderr.write('detached; the batch continues.\n');
  const commands = [
    ['watch', `status ${id} --watch`],
    ['pause', `pause ${id}`],
    ['cancel', `cancel ${id}`],
  ] as const;
  context.stderr.write(hints(context, commands));
  return EXIT.interrupted;
}

/** The exit code of a batch that has ended. */
function toBatchExitCode(status: BatchStatus): ExitCode {
  const { state, counts } = status;
  if (isStuck(status)) return EXIT.accountStopped;
  if (counts.unknown > 0) return EXIT.outcomeUnknown;
  if (state === 'failed') return EXIT.internalError;
  return counts.failed + counts.cancelled > 0 ? EXIT.itemFailed : EXIT.done;
}
