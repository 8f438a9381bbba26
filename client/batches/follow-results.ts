/** Follows the results of a batch: each once, in the order in which they appear. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchStore, Manifest } from '../../activities/store';
import type { Outcome } from '../../workflows/domain/item/item';
import { InvalidRequestError } from '../errors';
import { type ItemResult, type ResultLine, readParts } from './batch-results';
import type { Unchecked } from './batch-settings';
import { type BatchActivity, readSettledParts, settleItem } from './settled-results';

const POLL_INTERVAL_MS = 2_000;

/** Options of reading results. */
export interface ResultsOptions {
  /** Continue until the batch has ended. Default false: only current results. */
  readonly follow?: boolean;
  /** Only items with this outcome. Default: all. */
  readonly outcome?: Outcome | undefined;
  /** Ends the iteration without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Called at the end with the number of items without an outcome and the state of the batch. Not with `follow`. */
  readonly onOpen?: (items: number, activity: BatchActivity) => void;
}

export const OUTCOMES: readonly Outcome[] = ['succeeded', 'failed', 'cancelled', 'unknown'];

/** Finds out whether the batch runs; called only if the store lacks outcomes. */
export type AskActivity = () => Promise<BatchActivity>;

/** The problem of an outcome filter; `null` if it is valid. */
export function outcomeProblem(outcome: unknown): string | null {
  if (OUTCOMES.some((name) => name === outcome)) return null;
  return `is ${JSON.stringify(outcome)}; must be one of ${OUTCOMES.join(', ')}`;
}

/**
 * Yields one line per ended item; asks the server only if an item has no outcome.
 *
 * @throws InvalidRequestError if there is no such outcome
 */
export function readBatchResults(
  batches: BatchStore,
  manifest: Manifest,
  ask: AskActivity,
  {
    follow = false,
    outcome,
    signal,
    onOpen,
  }: Unchecked<Pick<ResultsOptions, 'outcome'>> & Omit<ResultsOptions, 'outcome'>,
): AsyncGenerator<ResultLine> {
  const problem = outcome === undefined ? null : outcomeProblem(outcome);
  if (problem !== null) throw new InvalidRequestError([{ field: 'outcome', problem }]);
  const lines = follow ? followResults(batches, manifest, ask, signal) : readEnded(batches, manifest, ask, onOpen);
  return onlyWith(outcome, lines, signal);
}

async function* onlyWith(
  outcome: unknown,
  lines: AsyncIterable<ResultLine>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ResultLine> {
  for await (const line of lines) {
    if (signal?.aborted === true) return;
    if (outcome === undefined || line.outcome === outcome) yield line;
  }
}

async function* readEnded(
  batches: BatchStore,
  manifest: Manifest,
  ask: AskActivity,
  onOpen: ResultsOptions['onOpen'] = () => undefined,
): AsyncGenerator<ResultLine> {
  let open = 0;
  let activity: BatchActivity = 'ended';
  const askAndKeep = async (): Promise<BatchActivity> => {
    activity = await ask();
    return activity;
  };
  for await (const { items } of readSettledParts(batches, manifest, askAndKeep)) {
    for (const { line } of items) {
      if (line === null) open += 1;
      else yield line;
    }
  }
  onOpen(open, activity);
}

/**
 * Yields each item once, when it has ended; ends when all have, or when the batch has ended. A part is no longer read
 * once all of its items were yielded.
 */
async function* followResults(
  batches: BatchStore,
  manifest: Manifest,
  ask: AskActivity,
  signal: AbortSignal | undefined,
): AsyncGenerator<ResultLine> {
  const planned = manifest.redrives[0] ?? manifest.parts.length;
  const whole = new Set<number>();
  const listed = new Set<string>();
  let isOver = false;
  for (;;) {
    for await (const { part, items } of readParts(batches, manifest, whole)) {
      const ended = items.flatMap((item) => toEnded(item, isOver) ?? []);
      yield* ended.filter(({ key }) => !listed.has(key));
      for (const { key } of ended) listed.add(key);
      if (ended.length < items.length) continue;
      whole.add(part);
      for (const { key } of ended) listed.delete(key);
    }
    if (isOver || whole.size === planned) return;
    // Asked before reading, so nothing that was written until then is missed.
    isOver = (await ask()) === 'ended';
    if (isOver) continue;
    await sleep(POLL_INTERVAL_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    if (signal?.aborted === true) return;
  }
}

/** An item that waits for its redrive has an old outcome, which will be replaced. */
function toEnded(item: ItemResult, isOver: boolean): ResultLine | null {
  if (isOver) return settleItem(item).line;
  return item.awaitsRun ? null : item.line;
}
