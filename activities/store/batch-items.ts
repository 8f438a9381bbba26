/** Reads the items of a batch with their outcomes from the store alone, during and after its runs. */
import type { EndedItem } from '../../workflows/domain/item/decide-redrive';
import type { ItemResultRow, RowSubmission } from '../../workflows/domain/item/item';
import { addLaterRun, type ItemRuns, listOpen, listResultJobs, toRuns } from '../../workflows/domain/item/item-runs';
import { mergeSubmissions } from '../../workflows/domain/item/payment-state';
import { isLost, listStepsToRun } from '../../workflows/domain/item/recorded-steps';
import { type ResultLine, withRowFiles, withSteps } from '../../workflows/domain/item/result-row';
import {
  type BatchStore,
  listOwnParts,
  type Manifest,
  type ManifestRow,
  type ReadOutcomes,
  toPart,
} from './batch-store';

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
  /** Jobs whose files were stored, in any of its runs. */
  readonly resultJobs: ReadonlySet<string>;
  /** Whether a redrive has selected it and not begun it yet: `line` is that of an earlier run. */
  readonly awaitsRun: boolean;
  /** Whether a run has it. Only rows of a sampled batch may have none. */
  readonly isStarted: boolean;
}

/** Yields the current outcomes. For an item that ran several times, the newest, with every submission. */
export async function* readResults(store: BatchStore, manifest: Manifest): AsyncGenerator<ResultLine> {
  for await (const { line } of readItems(store, manifest)) if (line !== null) yield line;
}

/** Yields every item in file order. No run of the batch may be running. Keeps one part of each run in memory. */
export async function* readItems(store: BatchStore, manifest: Manifest): AsyncGenerator<ItemResult> {
  for await (const { items } of readParts(store, manifest, true)) yield* items;
}

/** Number of rows of each later run before a place among the items. */
export type Places = readonly number[];

export interface PartResults {
  readonly part: number;
  readonly items: readonly ItemResult[];
  /** The place behind the part. */
  readonly end: Places;
}

/** Parts that are not read again, with the places behind them. */
export type PassedParts = ReadonlyMap<number, Places>;

/** An item as one part has it. */
export type Runs = ItemRuns<ManifestRow>;

/**
 * The parts of a batch that have its items, in order, with the outcomes of later runs.
 *
 * @param isOver whether no run of the batch is running: then items without an outcome will get none, and their finished
 *   steps are read, one read for each
 * @param passed parts that are not read
 */
export async function* readParts(
  store: BatchStore,
  manifest: Manifest,
  isOver: boolean,
  passed: PassedParts = new Map(),
): AsyncGenerator<PartResults> {
  const outcomes = await store.openOutcomes(manifest.batchId);
  const read = (part: number) => readRuns(store, manifest, { part, outcomes, isOver });
  const later = listLaterRuns(manifest).map((parts) => new LaterRun(parts, manifest.parts, read));
  for (const part of listOwnParts(manifest)) {
    const end = passed.get(part);
    if (end !== undefined) {
      for (const [index, run] of later.entries()) run.moveTo(end[index] ?? 0);
      continue;
    }
    const items: ItemResult[] = [];
    for (const first of await read(part)) {
      let [item, isStarted] = [first, !isPlan(manifest, part)];
      for (const run of later) {
        const more = await run.take(first.row.key);
        if (more === null) continue;
        item = addLaterRun(item, more);
        isStarted = true;
      }
      items.push(toResult(item, isStarted));
    }
    yield { part, items, end: later.map(({ place }) => place) };
  }
  for (const run of later) run.refuseRest();
}

/**
 * Joins what the parts have of one item.
 *
 * @param parts all parts that have a row of its key
 * @param runs its row in each of them, in order
 * @returns `null` if there are none
 */
export function joinRuns(manifest: Manifest, parts: readonly number[], runs: readonly Runs[]): ItemResult | null {
  const [first, ...later] = runs;
  if (first === undefined) return null;
  return toResult(later.reduce(addLaterRun, first), later.length > 0 || !isPlan(manifest, parts[0] ?? 0));
}

/** Whether a part is of the planned rows of a sampled batch, which are run as other parts. */
export function isPlan({ sampled, redrives, parts }: Manifest, part: number): boolean {
  return sampled !== undefined && part < (redrives[0] ?? parts.length);
}

/** The parts of each run whose rows are not new items. */
export function listLaterRuns({ parts, redrives, additions }: Manifest): readonly (readonly number[])[] {
  return redrives.flatMap((first, index) => {
    const next = redrives[index + 1] ?? parts.length;
    return additions.includes(first) ? [] : [Array.from({ length: next - first }, (_, at) => first + at)];
  });
}

/** The rows of a later run, which have the order of the items. Keeps one part of them. */
class LaterRun {
  /** Number of rows that were taken or passed. */
  place = 0;
  private part: number | null = null;
  private rows: readonly Runs[] = [];

  /** @param sizes number of rows of each part of the batch */
  constructor(
    private readonly parts: readonly number[],
    private readonly sizes: readonly number[],
    private readonly read: (part: number) => Promise<readonly Runs[]>,
  ) {}

  moveTo(place: number): void {
    this.place = place;
  }

  /** The next row if it has this key; otherwise `null`. */
  async take(key: string): Promise<Runs | null> {
    const next = await this.readNext();
    if (next?.row.key !== key) return null;
    this.place += 1;
    return next;
  }

  /** Rows that are left have no item: their outcomes would be lost, and paid again. */
  refuseRest(): void {
    const size = this.parts.reduce((sum, part) => sum + (this.sizes[part] ?? 0), 0);
    if (this.place < size) throw new Error('the rows of a later run of the batch are not in the order of its items');
  }

  private async readNext(): Promise<Runs | undefined> {
    let rest = this.place;
    for (const part of this.parts) {
      const size = this.sizes[part] ?? 0;
      if (rest >= size) {
        rest -= size;
        continue;
      }
      if (this.part !== part) this.rows = await this.read(part);
      this.part = part;
      return this.rows[rest];
    }
    return undefined;
  }
}

interface PartToRead {
  readonly part: number;
  readonly outcomes: ReadOutcomes;
  readonly isOver: boolean;
}

/** Reads the items of a part with the outcomes that it has of them. */
export async function readRuns(
  store: BatchStore,
  manifest: Manifest,
  { part, outcomes, isOver }: PartToRead,
): Promise<readonly Runs[]> {
  const { lines, jobs } = await outcomes(part);
  const own = groupByKey(lines ?? []);
  const rows = await store.readPart(toPart(manifest, part));
  const lost = lines === null ? [] : rows.filter((row) => isLost(row, own.get(row.key) ?? [], isOver));
  const steps = await store.readSteps(manifest.batchId, part, lost.map(listStepsToRun));
  return rows.map((row) => {
    const known = { jobs: jobs.filter(({ key }) => key === row.key), steps: steps.get(row.key) ?? [] };
    return toRuns(row, lines === null ? null : (own.get(row.key) ?? []), known);
  });
}

function groupByKey(lines: readonly ItemResultRow[]): ReadonlyMap<string, readonly ItemResultRow[]> {
  const found = new Map<string, readonly ItemResultRow[]>();
  for (const line of lines) found.set(line.key, [...(found.get(line.key) ?? []), line]);
  return found;
}

/** The newest outcome, with the submissions of all runs. */
function toResult(
  { row, lines, history, begun, staleJobs, made, ended, awaitsRun }: Runs,
  isStarted: boolean,
): ItemResult {
  const submissions = mergeSubmissions(history);
  const newest = lines.at(-1);
  const jobs = { submissions, open: listOpen(history), resultJobs: listResultJobs(history), staleJobs };
  const known = { row, begun, ...jobs, made, awaitsRun, isStarted };
  if (!ended || newest === undefined) return { ...known, line: null };
  const carried = row.values === undefined ? {} : { values: row.values };
  // The fetched job is among the submissions now.
  const { fetched: _fetched, ...line } = newest;
  return { ...known, line: withSteps({ ...withRowFiles(line), submissions, ...carried }) };
}

/** Returns the names of the carried columns of the first rows: all rows of a CSV have the same ones. */
export async function readCarriedNames(store: BatchStore, manifest: Manifest): Promise<readonly string[]> {
  if (manifest.parts.length === 0) return [];
  const rows = await store.readPart(toPart(manifest, 0));
  return [...new Set(rows.flatMap(({ values = {} }) => Object.keys(values)))];
}
