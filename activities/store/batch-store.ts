/** Batch data in the store, besides the results: manifests, parts and outcomes. */
import type { BatchSettings } from '../../workflows/domain/batch/batch-settings';
import type { RunRow } from '../../workflows/domain/item/decide-redrive';
import type { ItemResultRow, PartReference } from '../../workflows/domain/item/item';
import type { RecordedStep, StepsOfItem } from '../../workflows/domain/item/recorded-steps';
import type { SubmissionOfRow, UnreportedJob } from '../../workflows/domain/item/unreported-job';
import type { Allowance } from '../../workflows/domain/money/spending';

/** A row as stored. */
export interface ManifestRow extends RunRow {
  /** Input columns that are returned in results and not sent, by column name. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** The Temporal namespace that a batch runs in. */
export interface TemporalServer {
  readonly namespace: string;
  /** `null` if the server does not provide it. */
  readonly clusterId: string | null;
}

/** The rows of one run: the planned batch or a redrive. */
export interface RunRows {
  /** Number of rows in each part, in order. */
  readonly parts: readonly number[];
  /** Hash of all its rows, part of their file names. */
  readonly rowsHash: string;
}

export interface BatchRun extends RunRows {
  /** Whether its rows are new items, instead of items that are run again. Default false. */
  readonly adds?: true;
  /** The server that the run executes on. */
  readonly server: TemporalServer;
  /** What was selected, as Temporal UI shows it. Contains no keys. */
  readonly summary?: string;
}

/** A run that was added to a batch. */
export interface AddedRun extends BatchRun {
  readonly firstPart: number;
  /** ISO 8601. */
  readonly at: string;
  /** Unique to the writer. */
  readonly addedBy: string;
}

/** Describes a batch; its rows are in its parts. Immutable except for added redrives. */
export interface Manifest {
  readonly batchId: string;
  /** Number of rows in each part, in order. */
  readonly parts: readonly number[];
  /** First part of each redrive, in order; parts before the first belong to the planned batch. */
  readonly redrives: readonly number[];
  /** First part of each run whose rows are new items; all of them are in `redrives`, too. */
  readonly additions: readonly number[];
  /** Hashes of the planned rows, then of each redrive's rows. */
  readonly rowsHashes: readonly string[];
  /** SHA-256 of the planned rows; equal for equal work. */
  readonly sha256: string;
  /** Settings at the start, which apply to redrives too. */
  readonly settings: BatchSettings;
  /** The server of the latest run. */
  readonly server: TemporalServer;
  /** Set if its first run was a sample: the planned parts are never run themselves; later runs have their rows. */
  readonly sampled?: Sampling;
  /** Creation time, ISO 8601. */
  readonly createdAt: string;
  /** Absent: no deletion has begun. */
  readonly deletion?: Deletion;
}

/**
 * A step of a deletion, in the order of runs: a deletion and a redrive that begin at the same time want the same number,
 * and one of them gets it. `begun`: no page begins rows, nothing is deleted yet. `withdrawn`: the batch was found running.
 * `deleted`: for good; its files are removed from then on.
 */
export type DeletionStep = 'begun' | 'withdrawn' | 'deleted';

export interface Deletion {
  /** The newest step; `withdrawn` also if a redrive has followed. */
  readonly step: DeletionStep;
  /** Time of that step, ISO 8601. */
  readonly at: string;
  /** Number of its steps among the runs. */
  readonly steps: number;
}

/** What the runs of a sampled batch share. */
export interface Sampling {
  /** Budget of all rows, unless a later run sets another one. */
  readonly budget: Allowance;
  /** Number of rows of the source that were left out. */
  readonly skipped: number;
}

/** The manifest of a newly planned batch. */
export type PlannedManifest = Omit<Manifest, 'parts' | 'redrives' | 'additions' | 'rowsHashes' | 'deletion'> & BatchRun;

/** The reference to a part's file. */
export function toPart({ batchId, redrives, rowsHashes }: Manifest, part: number): PartReference {
  const run = redrives.filter((first) => first <= part).length;
  return { batchId, part, rowsHash: rowsHashes[run] ?? '' };
}

/** The parts that have the items of a batch: those of the planned batch and of additions, each item once. */
export function listOwnParts({ parts, redrives, additions }: Manifest): readonly number[] {
  return [...parts.keys()].filter((part) => {
    const first = redrives.filter((one) => one <= part).at(-1);
    return first === undefined || additions.includes(first);
  });
}

/** The rows of the planned batch. */
export function getPlannedRun({ parts, redrives, rowsHashes: [rowsHash = ''] }: Manifest): RunRows {
  return { parts: parts.slice(0, redrives[0] ?? parts.length), rowsHash };
}

/**
 * Parts and outcomes may be rewritten with the same arguments. Reading missing data is a store error. Manifests and
 * runs are created once: of concurrent creators, exactly one succeeds.
 */
export interface BatchStore {
  writePart(part: PartReference, rows: readonly ManifestRow[]): Promise<void>;
  readPart(part: PartReference): Promise<readonly ManifestRow[]>;
  /** Writes rows of a schedule; its id is in place of the batch's. */
  writeScheduledPart(part: PartReference, rows: readonly ManifestRow[]): Promise<void>;
  readScheduledPart(part: PartReference): Promise<readonly ManifestRow[]>;
  /**
   * Claims the batch id, after the parts were written; a batch without a manifest was never fully planned. Returns the
   * stored manifest: this one, or that of an earlier creator.
   */
  createManifest(manifest: PlannedManifest): Promise<Manifest>;
  /**
   * Adds a redrive, after its parts were written; returns `false` if another redrive was added since the manifest was
   * read.
   */
  addRun(manifest: Manifest, run: BatchRun): Promise<boolean>;
  /** The runs that were added, oldest first; also of a batch that was deleted. */
  listAddedRuns(batchId: string): Promise<readonly AddedRun[]>;
  /** Returns `null` if the batch has no manifest. Throws `BatchDeletedError` if it was deleted. */
  readManifest(batchId: string): Promise<Manifest | null>;
  /** Like `readManifest`, also for a batch that was deleted. */
  readAnyManifest(batchId: string): Promise<Manifest | null>;
  /**
   * Adds a step of a deletion; returns `false` if a redrive or another step was added since the manifest was read. A batch
   * is deleted by `begun`, then `deleted` if nothing of it runs after `begun`.
   */
  addDeletion(manifest: Manifest, step: DeletionStep): Promise<boolean>;
  /** Marks a deleted batch for workers, which then write nothing more to it. */
  markDeleted(batchId: string): Promise<void>;
  /** Whether a deletion has begun and was not withdrawn, or is complete: then no page may begin. */
  isBeingDeleted(batchId: string): Promise<boolean>;
  /** Throws `NotInStore` if the batch is marked as deleted. */
  refuseDeleted(batchId: string): Promise<void>;
  /**
   * Whether a later run of the batch has begun, and this part has not. The process that added the part's run may have stopped
   * before the start, and others have run its rows since.
   */
  isOvertaken(batchId: string, part: number): Promise<boolean>;
  /**
   * Marks a part as begun, before any of its items is submitted. Returns the run that owns the part: the given one, or
   * another one that began it earlier.
   *
   * @param previous the run that the given one continues; `null` if none
   */
  beginPart(batchId: string, part: number, run: string, previous: string | null): Promise<string>;
  /** Returns the run that owns a part; `null` if it was never begun. */
  readBegin(batchId: string, part: number): Promise<string | null>;
  /**
   * Writes one segment of outcomes; the same run may replace its own segment.
   *
   * @param sequence from 1
   * @param run run id of the page. Default: the writer is not a page
   */
  writeOutcomes(
    batchId: string,
    part: number,
    sequence: number,
    lines: readonly ItemResultRow[],
    run?: string,
  ): Promise<void>;
  /** Records a job that Temporal may not know. The first record of a submission counts. */
  recordUnreported(batchId: string, part: number, job: UnreportedJob): Promise<void>;
  /** Returns the recorded job of a submission; `null` if there is none. */
  readUnreported(batchId: string, part: number, submission: SubmissionOfRow): Promise<string | null>;
  /** Records a finished step of an item. The first record of a step counts; it is returned. */
  recordStep(batchId: string, part: number, step: RecordedStep): Promise<RecordedStep>;
  /** Returns the recorded steps of items, by key: of each item, those of `ids` up to the first that is not recorded. */
  readSteps(
    batchId: string,
    part: number,
    items: readonly StepsOfItem[],
  ): Promise<ReadonlyMap<string, readonly RecordedStep[]>>;
  /**
   * Returns the outcomes of one part in order of arrival, one per item, merged over all runs and with the recorded jobs
   * of their submissions; `null` if the part was never begun.
   */
  readOutcomes(batchId: string, part: number): Promise<readonly ItemResultRow[] | null>;
  /**
   * For readers of many parts: lists the segments of a hundred parts when the first of them is read, and keeps only their
   * numbers. Segments that are written later are not seen.
   *
   * @param part the only part that is read; default all
   */
  openOutcomes(batchId: string, part?: number): Promise<ReadOutcomes>;
}

/** What the store knows of the outcomes of one part. */
export interface PartOutcomes {
  /** As returned by `readOutcomes`. */
  readonly lines: readonly ItemResultRow[] | null;
  /** Jobs that Temporal may not know. */
  readonly jobs: readonly UnreportedJob[];
}

export type ReadOutcomes = (part: number) => Promise<PartOutcomes>;
