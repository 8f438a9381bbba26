/** What is kept of a batch beside its images: the manifest, and the outcomes as they come. */
import type { BatchSettings } from '../../workflows/domain/batch/batch-settings';
import type { AfterFetch, ItemResultRow, PartReference, RequestFields } from '../../workflows/domain/item/item';
import type { OperationName } from '../../workflows/domain/operations/operations';

/** One item as it was planned. */
export interface ManifestRow {
  readonly key: string;
  readonly operation: OperationName;
  readonly request: RequestFields;
  /** A job that was made of it in an earlier run: its result is fetched first. */
  readonly jobId?: string;
  /** What follows if that brings no result. Default `end`. */
  readonly afterFetch?: AfterFetch;
  /** What comes back in results and is not sent, by the column of the input. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** The namespace of a Temporal server that a batch runs in. */
export interface TemporalServer {
  readonly namespace: string;
  /** `null`: the server does not tell it. */
  readonly clusterId: string | null;
}

/** What is run at a time: the batch as it was planned, or a redrive. */
export interface BatchRun {
  /** Rows of each of its parts, in order. */
  readonly parts: readonly number[];
  /** Of all its rows; part of the names of their files. */
  readonly rowsHash: string;
  /** Where it runs. */
  readonly server?: TemporalServer;
}

/** What a batch consists of; its rows are in its parts. Nothing of it ever changes: redrives are added. */
export interface Manifest {
  readonly batchId: string;
  /** Rows of each part, in order. */
  readonly parts: readonly number[];
  /** First part of each redrive, in order; parts before the first belong to the batch as it was planned. */
  readonly redrives: readonly number[];
  /** Of the batch as it was planned, then of each redrive. */
  readonly rowsHashes: readonly string[];
  /** SHA-256 of the planned rows: the same for the same work. */
  readonly sha256: string;
  /** With what it was started, so that a redrive stays inside the same limits. */
  readonly settings?: BatchSettings;
  /** Where its last run was started. */
  readonly server?: TemporalServer;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** A manifest as it is when a batch is planned. */
export type PlannedManifest = Omit<Manifest, 'parts' | 'redrives' | 'rowsHashes'> & BatchRun;

/** Which file holds a part of a batch. */
export function toPart({ batchId, redrives, rowsHashes }: Manifest, part: number): PartReference {
  const run = redrives.filter((first) => first <= part).length;
  return { batchId, part, rowsHash: rowsHashes[run] ?? '' };
}

/** The parts of a batch as it was planned. */
export function plannedRun({ parts, redrives, rowsHashes: [rowsHash = ''] }: Manifest): BatchRun {
  return { parts: parts.slice(0, redrives[0] ?? parts.length), rowsHash };
}

/**
 * Parts and outcomes may be written again with the same arguments; reading what is not there is an error of the store.
 * Manifests and runs are created once: of two who create the same one, exactly one does.
 */
export interface BatchStore {
  writePart(part: PartReference, rows: readonly ManifestRow[]): Promise<void>;
  readPart(part: PartReference): Promise<readonly ManifestRow[]>;
  /**
   * Takes the id, after the parts were written: a batch without a manifest was never planned to its end. Returns the
   * manifest that is there: this one, or that of whoever was first.
   */
  createManifest(manifest: PlannedManifest): Promise<Manifest>;
  /** Adds a redrive, after its parts were written; `false` if somebody else has added one since the manifest was read. */
  addRun(manifest: Manifest, run: BatchRun): Promise<boolean>;
  /** `null` if there is none. */
  readManifest(batchId: string): Promise<Manifest | null>;
  /**
   * Says that a part is begun, before anything of it is submitted. Returns the run that has it: the given one, or another
   * one that has begun it before.
   *
   * @param previous the run that the given one continues; `null`: none
   */
  beginPart(batchId: string, part: number, run: string, previous: string | null): Promise<string>;
  /** The run that has a part; `null` if it was never begun. */
  readBegin(batchId: string, part: number): Promise<string | null>;
  /**
   * One segment of outcomes; a segment that the same run writes again replaces itself.
   *
   * @param sequence from 1
   * @param run of the page; default: it is no page that writes
   */
  writeOutcomes(
    batchId: string,
    part: number,
    sequence: number,
    lines: readonly ItemResultRow[],
    run?: string,
  ): Promise<void>;
  /**
   * The outcomes of one part in the order in which they came, one for each item, whatever runs have told; `null` if the part
   * was never begun.
   */
  readOutcomes(batchId: string, part: number): Promise<readonly ItemResultRow[] | null>;
  /**
   * For whoever reads many parts: looks once at what is there, and keeps numbers only. What is written later is not
   * seen.
   */
  openOutcomes(batchId: string): Promise<ReadOutcomes>;
}

/** As `readOutcomes`, of one batch. */
export type ReadOutcomes = (part: number) => Promise<readonly ItemResultRow[] | null>;
