/** The runs of a batch, as the store knows them: what was run, when, and how it ended. */
import type { Outcome } from '../../workflows/domain/item/item';
import type { AddedRun, BatchStore, Manifest } from './batch-store';

/** A run of a batch. */
export interface RunOfBatch {
  /** Its first part. */
  readonly firstPart: number;
  readonly kind: 'start' | 'redrive' | 'addition';
  /** ISO 8601. */
  readonly startedAt: string;
  /** What was selected; `null` for the first run. */
  readonly summary: string | null;
  readonly items: number;
  /** Its items by how they ended in this run; the rest has no outcome of it. `null`: not counted. */
  readonly outcomes: Readonly<Record<Outcome, number>> | null;
}

const NONE: Readonly<Record<Outcome, number>> = { succeeded: 0, failed: 0, cancelled: 0, unknown: 0 };

/**
 * Reads the runs, oldest first; also of a batch that was deleted, whose outcomes are gone.
 *
 * @param options `countsOutcomes` reads every outcome, and keeps those of one part
 * @throws StoreUnavailable
 */
export async function readRunsOfBatch(
  store: BatchStore,
  manifest: Manifest,
  { countsOutcomes }: { readonly countsOutcomes: boolean },
): Promise<readonly RunOfBatch[]> {
  const { batchId, createdAt, parts, sampled, deletion } = manifest;
  const added = await store.listAddedRuns(batchId);
  const planned = { firstPart: 0, parts: parts.slice(0, added[0]?.firstPart ?? parts.length), at: createdAt };
  // The rows of a sampled batch are run by later runs.
  const all: readonly (Pick<AddedRun, 'firstPart' | 'parts' | 'at'> & Partial<AddedRun>)[] =
    sampled === undefined ? [planned, ...added] : added;
  const count = countsOutcomes && deletion?.step !== 'deleted' ? await openCounts(store, batchId) : null;
  const runs: RunOfBatch[] = [];
  for (const [index, run] of all.entries()) {
    const { firstPart, at: startedAt, summary = null } = run;
    const kind = index === 0 ? 'start' : run.adds === true ? 'addition' : 'redrive';
    const items = run.parts.reduce((sum, size) => sum + size, 0);
    const outcomes = count === null ? null : await count(firstPart, run.parts.length);
    runs.push({ firstPart, kind, startedAt, summary, items, outcomes });
  }
  return runs;
}

type CountOutcomes = (firstPart: number, parts: number) => Promise<Readonly<Record<Outcome, number>>>;

async function openCounts(store: BatchStore, batchId: string): Promise<CountOutcomes> {
  // Listed once for all parts.
  const read = await store.openOutcomes(batchId);
  return async (firstPart, parts) => {
    const counts = { ...NONE };
    for (let part = firstPart; part < firstPart + parts; part += 1)
      for (const { outcome } of (await read(part)).lines ?? []) counts[outcome] += 1;
    return counts;
  };
}
