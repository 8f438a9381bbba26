/** Reads the outcomes of a batch from the store alone, during and after the run. */
import {
  type BatchStore,
  listOwnParts,
  type Manifest,
  type ManifestRow,
  type ReadOutcomes,
  toPart,
} from '../../activities/store';
import type { EndedItem } from '../../workflows/domain/item/decide-redrive';
import type { ItemResultRow, RowSubmission } from '../../workflows/domain/item/item';
import { addLaterRun, type ItemRuns, listOpen, toRuns } from '../../workflows/domain/item/item-runs';
import { mergeSubmissions } from '../../workflows/domain/item/payment-state';
import { type ResultLine, withRowFiles, withSteps } from '../../workflows/domain/item/result-row';

export type { ResultLine } from '../../workflows/domain/item/result-row';

/** The known state of one item. */
export interface ItemResult extends EndedItem {
  readonly row: ManifestRow;
  /**
   * The outcome of its last run, with the submissions of all its runs; `null` if it has none. A run that began and did
   * not report its end counts as the last, because it may have paid.
   */
  readonly line: ResultLine | null;
  /** Submissions of all its runs, as far as reported. */
  readonly submissions: readonly RowSubmission[];
  /** Whether a redrive has selected it and not begun it yet: `line` is that of an earlier run. */
  readonly awaitsRun: boolean;
}

/** Yields the current outcomes. For an item that ran several times, the newest, with every submission. */
export async function* readResults(store: BatchStore, manifest: Manifest): AsyncGenerator<ResultLine> {
  for await (const { line } of readItems(store, manifest)) if (line !== null) yield line;
}

/** Yields every item in file order. Keeps the redriven items and one part in memory. */
export async function* readItems(store: BatchStore, manifest: Manifest): AsyncGenerator<ItemResult> {
  for await (const { items } of readParts(store, manifest)) yield* items;
}

export interface PartResults {
  readonly part: number;
  readonly items: readonly ItemResult[];
}

/**
 * The parts of a batch that have its items, in order, with the outcomes of later runs.
 *
 * @param passed parts that are not read
 */
export async function* readParts(
  store: BatchStore,
  manifest: Manifest,
  passed: ReadonlySet<number> = new Set(),
): AsyncGenerator<PartResults> {
  const { batchId, parts } = manifest;
  const own = new Set(listOwnParts(manifest));
  // Listed once for all parts: the folder has many more files than there are parts.
  const outcomes = await store.openOutcomes(batchId);
  const later = new Map<string, readonly ItemRuns<ManifestRow>[]>();
  for (const part of parts.keys()) {
    if (own.has(part)) continue;
    for (const run of await readRuns(store, manifest, part, outcomes)) {
      later.set(run.row.key, [...(later.get(run.row.key) ?? []), run]);
    }
  }
  for (const part of own) {
    if (passed.has(part)) continue;
    const runs = await readRuns(store, manifest, part, outcomes);
    yield { part, items: runs.map((run) => toResult((later.get(run.row.key) ?? []).reduce(addLaterRun, run))) };
  }
}

async function readRuns(
  store: BatchStore,
  manifest: Manifest,
  part: number,
  readOutcomes: ReadOutcomes,
): Promise<readonly ItemRuns<ManifestRow>[]> {
  const { lines, jobs } = await readOutcomes(part);
  const own = groupByKey(lines ?? []);
  const rows = await store.readPart(toPart(manifest, part));
  return rows.map((row) => {
    const ofRow = jobs.filter(({ key }) => key === row.key);
    return toRuns(row, lines === null ? null : (own.get(row.key) ?? []), ofRow);
  });
}

function groupByKey(lines: readonly ItemResultRow[]): ReadonlyMap<string, readonly ItemResultRow[]> {
  const found = new Map<string, readonly ItemResultRow[]>();
  for (const line of lines) found.set(line.key, [...(found.get(line.key) ?? []), line]);
  return found;
}

/** The newest outcome, with the submissions of all runs. */
function toResult({
  row,
  lines,
  history,
  begun,
  staleJobs,
  made,
  ended,
  awaitsRun,
}: ItemRuns<ManifestRow>): ItemResult {
  const submissions = mergeSubmissions(history);
  const newest = lines.at(-1);
  const known = { row, begun, submissions, open: listOpen(history), staleJobs, made, awaitsRun };
  if (!ended || newest === undefined) return { ...known, line: null };
  const carried = row.values === undefined ? {} : { values: row.values };
  // The fetched job is among the submissions now.
  const { fetched: _fetched, ...line } = newest;
  return { ...known, line: withSteps({ ...withRowFiles(line), submissions, ...carried }) };
}
