/** Follows the results of a batch: each once, in the order in which they appear. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BatchStore,
  BEGINNING,
  type ItemResult,
  listOwnParts,
  type Manifest,
  type PartResults,
  readParts,
  type StartPlace,
  settleItem,
} from '../../activities/store';
import { InvalidRequestError } from '../../connection/errors';
import type { Unchecked } from '../../input/requests/batch-settings';
import type { Outcome } from '../../workflows/domain/item/item';
import type { ResultLine } from '../../workflows/domain/item/result-row';
import { type BatchActivity, readSettledParts } from './settled-results';

const POLL_INTERVAL_MS = 2_000;

/** Options of reading results. */
export interface ResultsOptions {
  /** Continue until the batch has ended. Default false: only current results. */
  readonly follow?: boolean;
  /** Only items with this outcome. Default: all. */
  readonly outcome?: Outcome | undefined;
  /** Only items after the one with this key, in the order of the rows. Default: all. */
  readonly after?: string | undefined;
  /** Ends the iteration without an error. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called at the end with the number of items without an outcome, the state of the batch, and the number of rows of a
   * sampled batch that are not started. Not with `follow`.
   */
  readonly onOpen?: (items: number, activity: BatchActivity, notStarted: number) => void;
}

const OUTCOMES: readonly Outcome[] = ['succeeded', 'failed', 'cancelled', 'unknown'];

/** Finds out whether the batch runs; called only if the store lacks outcomes. */
export type AskActivity = () => Promise<BatchActivity>;

/** The problem of an outcome filter; `null` if it is valid. */
export function outcomeProblem(outcome: unknown): string | null {
  if (OUTCOMES.some((name) => name === outcome)) return null;
  return `is ${JSON.stringify(outcome)}; must be one of ${OUTCOMES.join(', ')}`;
}

type UncheckedOptions = Unchecked<Pick<ResultsOptions, 'outcome'>> & Omit<ResultsOptions, 'outcome'>;

/**
 * Yields one line per ended item; asks the server only if an item has no outcome.
 *
 * @throws InvalidRequestError if there is no such outcome
 */
export async function* readBatchResults(
  batches: BatchStore,
  manifest: Manifest,
  ask: AskActivity,
  { follow = false, ...options }: UncheckedOptions,
  start: StartPlace = BEGINNING,
): AsyncGenerator<ResultLine> {
  const read = follow ? followResults : readResultChunks;
  for await (const lines of read(batches, manifest, ask, options, start)) {
    for (const line of lines) {
      if (options.signal?.aborted === true) return;
      yield line;
    }
  }
}

/** The lines so far, in the order of the rows, as many at once as are read at once. */
export async function* readResultChunks(
  batches: BatchStore,
  manifest: Manifest,
  ask: AskActivity,
  { outcome, onOpen = () => undefined }: Omit<UncheckedOptions, 'follow'>,
  start: StartPlace = BEGINNING,
): AsyncGenerator<readonly ResultLine[]> {
  const isWanted = filterBy(outcome);
  let [open, notStarted] = [0, 0];
  let activity: BatchActivity = 'ended';
  const askAndKeep = async (): Promise<BatchActivity> => {
    activity = await ask();
    return activity;
  };
  for await (const { items } of readSettledParts(batches, manifest, askAndKeep, start)) {
    const ended = items.flatMap(({ line }) => line ?? []);
    const without = items.filter(({ isStarted }) => !isStarted).length;
    notStarted += without;
    open += items.length - ended.length - without;
    const wanted = ended.filter(isWanted);
    if (wanted.length > 0) yield wanted;
  }
  onOpen(open, activity, notStarted);
}

/** @throws InvalidRequestError */
function filterBy(outcome: unknown): (line: ResultLine) => boolean {
  const problem = outcome === undefined ? null : outcomeProblem(outcome);
  if (problem !== null) throw new InvalidRequestError([{ field: 'outcome', problem }]);
  return (line) => outcome === undefined || line.outcome === outcome;
}

/**
 * Yields each item once, when it has ended; ends when all have, or when the batch has ended. A part is no longer read
 * once all of its items were yielded.
 */
async function* followResults(
  batches: BatchStore,
  manifest: Manifest,
  ask: AskActivity,
  { outcome, signal }: Omit<UncheckedOptions, 'follow'>,
  start: StartPlace,
): AsyncGenerator<readonly ResultLine[]> {
  const isWanted = filterBy(outcome);
  const { length: planned } = listOwnParts(manifest);
  const whole = new Map<number, PartResults['end']>(start.passed);
  const listed = new Set<string>(start.skipped);
  let isOver = false;
  for (;;) {
    for await (const { part, items, end } of readParts(batches, manifest, isOver, whole)) {
      const ended = items.flatMap((item) => toEnded(item, isOver) ?? []);
      const { length: expected } = isOver ? items.filter(({ isStarted }) => isStarted) : items;
      yield ended.filter((line) => !listed.has(line.key) && isWanted(line));
      for (const { key } of ended) listed.add(key);
      if (ended.length < expected) continue;
      whole.set(part, end);
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
  if (!item.isStarted) return null;
  if (isOver) return settleItem(item).line;
  return item.awaitsRun ? null : item.line;
}
