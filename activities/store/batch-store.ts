/** What is kept of a batch beside its images: the manifest, and the outcomes as they come. */
import type { BatchSettings } from '../../workflows/domain/batch-settings';
import type { ItemLine, RequestFields } from '../../workflows/domain/item';
import type { OperationName } from '../../workflows/domain/operations';

/** One item as it was planned. */
export interface ManifestRow {
  readonly key: string;
  readonly operation: OperationName;
  readonly request: RequestFields;
  /** A job that was made of it already: its result is fetched, and nothing is submitted. */
  readonly jobId?: string;
}

/** What a batch consists of; its rows are in its parts. */
export interface Manifest {
  readonly batchId: string;
  /** Rows of each part, in order. */
  readonly parts: readonly number[];
  /** First part of each redrive, in order; parts before the first belong to the batch as it was planned. */
  readonly redrives: readonly number[];
  /** SHA-256 of the planned rows: the same for the same work. */
  readonly sha256: string;
  /** With what it was started, so that a redrive stays inside the same limits. */
  readonly settings?: BatchSettings;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** All of it may be called again with the same arguments; reading what is not there is an error of the store. */
export interface BatchStore {
  writePart(batchId: string, part: number, rows: readonly ManifestRow[]): Promise<void>;
  readPart(batchId: string, part: number): Promise<readonly ManifestRow[]>;
  /** Written last: a batch without it was never planned to its end. */
  writeManifest(manifest: Manifest): Promise<void>;
  /** `null` if there is none. */
  readManifest(batchId: string): Promise<Manifest | null>;
  /**
   * One segment of outcomes; a segment that is written again replaces itself. Segment 0 is empty and says that the
   * part was begun.
   */
  writeOutcomes(batchId: string, part: number, sequence: number, lines: readonly ItemLine[]): Promise<void>;
  /** The outcomes of one part in the order in which they came; `null` if the part was never begun. */
  readOutcomes(batchId: string, part: number): Promise<readonly ItemLine[] | null>;
  /**
   * For whoever reads many parts: looks once at what is there, and keeps numbers only. What is written later is not
   * seen.
   */
  openOutcomes(batchId: string): Promise<ReadOutcomes>;
}

/** As `readOutcomes`, of one batch. */
export type ReadOutcomes = (part: number) => Promise<readonly ItemLine[] | null>;
