/** What a deletion must know of running work, which is not in the store. A client of Temporal knows it. */
import type { JournalEntry } from '../../../workflows/domain/item/journal-entry';
import type { BatchStore, Manifest } from '../batch-store';
import type { StoreContents } from '../store-contents';
import type { SubmissionJournal } from '../submission-journal';
import type { Thumbnails } from '../thumbnails';

/** The state of a batch that Temporal knows. */
export type KnownBatchState = 'running' | 'paused' | 'completed' | 'cancelled' | 'failed';

export interface KnownWork {
  /** The state of a batch; `null` if it is not known. */
  readState(batchId: string): Promise<KnownBatchState | null>;
  /** When the newest workflow of this id ended, in ms since the epoch; 0 if it runs or is not known. */
  readEnd(id: string): Promise<number>;
  /**
   * Throws if a batch runs, or one of its pages or items, or if its own server cannot be asked.
   *
   * @param movedServer do not ask its own server
   */
  refuseRunningBatch(manifest: Manifest, movedServer: boolean): Promise<void>;
  /**
   * Throws if a single item runs, or if a job of it may not have been collected.
   *
   * @param entry `null`: nothing was submitted under the id, as for a job that was fetched by `rescue`
   */
  refuseRunningItem(id: string, entry: JournalEntry | null): Promise<void>;
  /** The error of a batch that cannot be deleted. */
  toBatchRefusal(batchId: string, reason: string): Error;
  /** The error of an id that the store does not have. */
  toNotFound(kind: 'batch' | 'item', id: string): Promise<Error>;
  /** Why something was refused; `null` for any other error. */
  findReason(error: unknown): string | null;
}

/** The store, and what is known of its work. */
export interface CleanedStore {
  readonly address: string;
  readonly batches: BatchStore;
  readonly contents: StoreContents;
  readonly submissions: SubmissionJournal;
  readonly thumbnails: Thumbnails;
  readonly work: KnownWork;
}
