/** What follows the manifest of a batch: its redrives, and the steps of its deletion, in one sequence of numbers. */
import type { AddedRun, Deletion, DeletionStep, Manifest, PlannedManifest } from './batch-store';
import { BatchDeletedError } from './store-unavailable';

/** A step of a deletion as stored, among the redrives. */
interface AddedDeletion {
  readonly deletion: DeletionStep;
  /** ISO 8601. */
  readonly at: string;
  /** Unique to the writer. */
  readonly addedBy: string;
}

export type AddedEntry = AddedRun | AddedDeletion;

export function isRun(entry: AddedEntry): entry is AddedRun {
  return !('deletion' in entry);
}

/** A redrive that follows a deletion which has only begun overtakes it. */
export function toDeletion(entries: readonly AddedEntry[]): Deletion | null {
  const steps = entries.flatMap((entry) => (isRun(entry) ? [] : [entry]));
  const [last, newest] = [steps.at(-1), entries.at(-1)];
  if (last === undefined || newest === undefined) return null;
  return { step: isRun(newest) ? 'withdrawn' : last.deletion, at: last.at, steps: steps.length };
}

/** @throws BatchDeletedError */
export function refuseDeleted(manifest: Manifest): Manifest {
  const { deletion, batchId } = manifest;
  if (deletion?.step === 'deleted') throw new BatchDeletedError(batchId, deletion.at);
  return manifest;
}

export function withEntries(
  { parts, rowsHash, ...planned }: PlannedManifest,
  entries: readonly AddedEntry[],
): Manifest {
  const runs = entries.filter(isRun);
  const deletion = toDeletion(entries);
  return {
    ...(deletion === null ? {} : { deletion }),
    ...planned,
    server: runs.at(-1)?.server ?? planned.server,
    parts: [parts, ...runs.map((run) => run.parts)].flat(),
    redrives: runs.map(({ firstPart }) => firstPart),
    additions: runs.filter(({ adds }) => adds === true).map(({ firstPart }) => firstPart),
    rowsHashes: [rowsHash, ...runs.map((run) => run.rowsHash)],
  };
}
