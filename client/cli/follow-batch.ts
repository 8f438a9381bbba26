/** Shows a batch until it has ended, is paused for good reason, or Ctrl-C detaches from it. */
import { setTimeout as pause } from 'node:timers/promises';
import { isForPeople } from '../../workflows/domain/account-hold';
import type { AccountStatus } from '../../workflows/domain/account-status';
import type { BatchHandle } from '../batch-handle';
import { type BatchStatus, hasEnded } from '../batch-status';
import { statusLines } from './batch-words';
import type { CliContext } from './context';
import { EXIT, type ExitCode } from './exit-codes';
import { LiveLines } from './live-lines';
import { missingWords } from './missing-words';

const LOOK_EVERY_MS = 1_000;
/** The rate is that of the last looks. */
const LOOKS_KEPT = 15;

export interface FollowOptions {
  /** On whose permits the batch waits. */
  readonly account: { status(): Promise<AccountStatus> };
  /** Aborted by Ctrl-C. */
  readonly asked: AbortSignal;
  readonly detach: boolean;
  readonly json: boolean;
}

export async function followBatch(batch: BatchHandle, options: FollowOptions, context: CliContext): Promise<ExitCode> {
  if (options.detach && !options.json) return EXIT.done;
  const isEnough = async (status: BatchStatus) => isStuck(status) && !(await goesOn(batch.id, options.account));
  const last = options.detach ? await batch.status() : await watchBatch(batch, context, options.asked, isEnough);
  if (last === null) return detached(batch.id, context);
  if (options.json) context.stdout.write(`${JSON.stringify(last)}\n`);
  if (options.detach) return EXIT.done;
  if (isStuck(last)) tellOfHold(batch.id, context);
  else if (!options.json && hasEnded(last)) tellWhatFollows(last, context);
  return exitCodeOfBatch(last);
}

/**
 * The status at the end; `null` if it was interrupted before.
 *
 * @param isEnough ends the watch before the end of the batch
 */
export async function watchBatch(
  batch: BatchHandle,
  { stderr }: CliContext,
  asked: AbortSignal,
  isEnough: (status: BatchStatus) => boolean | Promise<boolean> = () => false,
): Promise<BatchStatus | null> {
  const lines = new LiveLines(stderr);
  const seen: { readonly at: number; readonly ended: number }[] = [];
  while (!asked.aborted) {
    const status = await lookAt(batch, lines);
    if (status === null) continue;
    seen.push({ at: Date.now(), ended: status.counts.total - openItems(status) });
    seen.splice(0, seen.length - LOOKS_KEPT);
    lines.show(statusLines(status, { perSecond: rateOf(seen) }));
    if (hasEnded(status) || (await isEnough(status))) return status;
    await pause(LOOK_EVERY_MS, undefined, { signal: asked }).catch(() => undefined);
  }
  return null;
}

/** `null` while no worker or no server answers: the batch waits for it, and so does whoever watches it. */
async function lookAt(batch: BatchHandle, lines: LiveLines): Promise<BatchStatus | null> {
  try {
    return await batch.status();
  } catch (error) {
    const words = missingWords(error);
    if (words === null) throw error;
    lines.show([words]);
    return null;
  }
}

/** Nothing is in flight and only a person can let the account go on: to wait for that would be to hang. */
function isStuck({ pausedBy, hold, counts }: BatchStatus): boolean {
  return pausedBy === 'account' && hold !== null && counts.running === 0 && isForPeople(hold.code);
}

/** Somebody has resumed the account, of which the batch hears a moment later, or only once one item has gone ahead. */
async function goesOn(batchId: string, account: FollowOptions['account']): Promise<boolean> {
  try {
    const { holders, holds } = await account.status();
    return holders.some(({ id }) => id === batchId) && holds[0]?.probing !== false;
  } catch (error) {
    // The next look says so.
    if (missingWords(error) !== null) return true;
    throw error;
  }
}

function tellOfHold(id: string, { stderr }: CliContext): void {
  stderr.write(
    'the batch waits; nothing of it is lost. When the reason is gone:\n' +
      `  imagepipeline account resume\n  imagepipeline status ${id} --watch\n`,
  );
}

function tellWhatFollows({ id, counts }: BatchStatus, { stderr }: CliContext): void {
  stderr.write(`files and outcomes  imagepipeline results ${id}\n`);
  if (counts.failed + counts.cancelled > 0) stderr.write(`run the rest again  imagepipeline redrive ${id}\n`);
}

function openItems({ counts }: BatchStatus): number {
  return counts.waiting + counts.running + counts.retrying;
}

function rateOf(seen: readonly { readonly at: number; readonly ended: number }[]): number | null {
  const [first] = seen;
  const last = seen.at(-1);
  if (first === undefined || last === undefined || last.at === first.at) return null;
  return ((last.ended - first.ended) * 1_000) / (last.at - first.at);
}

function detached(id: string, { stderr }: CliContext): ExitCode {
  stderr.write(
    `detached; the batch goes on.\n  watch   imagepipeline status ${id} --watch\n` +
      `  pause   imagepipeline pause ${id}\n  cancel  imagepipeline cancel ${id}\n`,
  );
  return EXIT.interrupted;
}

/** What a script should know of a batch that has ended. */
export function exitCodeOfBatch(status: BatchStatus): ExitCode {
  const { state, counts } = status;
  if (isStuck(status)) return EXIT.accountStopped;
  if (counts.unknown > 0) return EXIT.outcomeUnknown;
  if (state === 'failed') return EXIT.ourFault;
  return counts.failed + counts.cancelled > 0 ? EXIT.itemFailed : EXIT.done;
}
