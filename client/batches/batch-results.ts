/** Reads the outcomes of a batch from the store alone, during and after the run. */
import {
  type BatchStore,
  listOwnParts,
  type Manifest,
  type ManifestRow,
  type ReadOutcomes,
  toPart,
} from '../../activities/store';
import { isSameRow } from '../../workflows/domain/item/canonical-row';
import type { ItemResultRow, RowSubmission } from '../../workflows/domain/item/item';
import { mergeSubmissions } from '../../workflows/domain/item/payment-state';
import { type ResultLine, withRowFiles, withSteps } from '../../workflows/domain/item/result-row';

export type { ResultLine } from '../../workflows/domain/item/result-row';

/** The known state of one item. */
export interface ItemResult {
  readonly row: ManifestRow;
  /**
   * The outcome of its last run, with the submissions of all its runs; `null` if it has none. A run that began and did
   * not report its end counts as the last, because it may have paid.
   */
  readonly line: ResultLine | null;
  /** Whether its page ever began. If not, it was certainly not submitted. */
  readonly begun: boolean;
  /** Submissions of all its runs, as far as reported. */
  readonly submissions: readonly RowSubmission[];
  /** Jobs of another request than the row's. */
  readonly staleJobs: readonly string[];
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
  const redriven = new Map<string, Run>();
  for (const part of parts.keys()) {
    if (own.has(part)) continue;
    for (const run of await readRuns(store, manifest, part, outcomes)) {
      redriven.set(run.row.key, chooseLater(redriven.get(run.row.key), run));
    }
  }
  for (const part of own) {
    if (passed.has(part)) continue;
    const runs = await readRuns(store, manifest, part, outcomes);
    yield { part, items: runs.map((run) => toResult(chooseLater(run, redriven.get(run.row.key)))) };
  }
}

/** One item in one part, or in several consecutive ones. */
interface Run {
  /** The row of its last run; a redrive may have changed it. */
  readonly row: ManifestRow;
  /** Oldest first. */
  readonly lines: readonly ItemResultRow[];
  /** Its submissions in each run: of a run without an end, those that the store knows. Oldest first. */
  readonly history: readonly Pick<ItemResultRow, 'submissions' | 'fetched'>[];
  readonly begun: boolean;
  /** Jobs of other requests. */
  readonly staleJobs: readonly string[];
  /** Whether the last run that began has reported its end. */
  readonly ended: boolean;
  /** Whether a redrive has selected it and not begun it yet. */
  readonly awaitsRun: boolean;
}

async function readRuns(
  store: BatchStore,
  manifest: Manifest,
  part: number,
  readOutcomes: ReadOutcomes,
): Promise<readonly Run[]> {
  const { lines, jobs } = await readOutcomes(part);
  const own = groupByKey(lines ?? []);
  const rows = await store.readPart(toPart(manifest, part));
  return rows.map((row) => {
    const ownLines = own.get(row.key) ?? [];
    const ended = ownLines.length > 0;
    const open = jobs.filter(({ key }) => key === row.key);
    const history = ended
      ? ownLines
      : [{ submissions: open.map(({ jobId }) => ({ jobId, code: null, refusals: {} })) }];
    return { row, lines: ownLines, history, begun: lines !== null, staleJobs: [], ended, awaitsRun: false };
  });
}

function chooseLater(before: Run | undefined, run: Run): Run;
function chooseLater(before: Run, run: Run | undefined): Run;
function chooseLater(before: Run | undefined, run: Run | undefined): Run | undefined {
  if (before === undefined || run === undefined) return before ?? run;
  const values = run.row.values ?? before.row.values;
  return {
    // The rows of a redrive have no carried columns.
    row: values === undefined ? run.row : { ...run.row, values },
    lines: [...before.lines, ...run.lines],
    history: [...before.history, ...run.history],
    begun: before.begun || run.begun,
    staleJobs: isSameRow(before.row, run.row) ? before.staleJobs : listJobs(before.history),
    ended: run.begun ? run.ended : before.ended,
    awaitsRun: !run.begun,
  };
}

function listJobs(lines: Run['history']): readonly string[] {
  return lines.flatMap(({ submissions }) => submissions.flatMap(({ jobId }) => jobId ?? []));
}

function groupByKey(lines: readonly ItemResultRow[]): ReadonlyMap<string, readonly ItemResultRow[]> {
  const found = new Map<string, readonly ItemResultRow[]>();
  for (const line of lines) found.set(line.key, [...(found.get(line.key) ?? []), line]);
  return found;
}

/** The newest outcome, with the submissions of all runs. */
function toResult({ row, lines, history, begun, staleJobs, ended, awaitsRun }: Run): ItemResult {
  const submissions = mergeSubmissions(history);
  const newest = lines.at(-1);
  const known = { row, begun, submissions, staleJobs, awaitsRun };
  if (!ended || newest === undefined) return { ...known, line: null };
  const carried = row.values === undefined ? {} : { values: row.values };
  // The fetched job is among the submissions now.
  const { fetched: _fetched, ...line } = newest;
  return { ...known, line: withSteps({ ...withRowFiles(line), submissions, ...carried }) };
}
