/** Where results are kept. Bytes are staged first and believed only after they were verified. */
import type { BatchStore } from './batch-store';
import type { SubmissionJournal } from './submission-journal';

/** Where a result belongs. */
export interface ResultPlace {
  /** Below the store's root, for instance `images`; its parts are separated by `/`. */
  readonly folder: string;
  readonly key: string;
}

/** A result under its final name. */
export interface KeptFile extends ResultPlace {
  /** Without a dot, for instance `webp`. */
  readonly extension: string;
}

/** A verified file, ready to be kept. */
export interface StagedFile extends KeptFile {
  /** Where the bytes lie now. */
  readonly path: string;
}

/** Below the store's root. */
export function keptName({ folder, key, extension }: KeptFile): string {
  return `${folder}/${key}.${extension}`;
}

/** What a store is kept in. */
export type StoreKind = 'folder' | 's3';

/** Where results are put, and beside them manifests and outcomes of batches. */
export interface ResultStore extends ResultReader {
  readonly kind: StoreKind;
  /** Manifests and outcomes, below the same root. */
  readonly batches: BatchStore;
  /** Submissions of single items, below the same root. */
  readonly submissions: SubmissionJournal;
  /**
   * Tells this store from every other one. Made with the first call, kept in the store, and copied with it; read anew
   * each time, for a folder may be another one when its disk was mounted or lost.
   *
   * @throws StoreUnavailable
   */
  identity(): Promise<string>;
  /**
   * Writes and reads a small file, and tries whether a file that is there can be replaced by one who creates it: a store
   * in which that works lets two batches take the same id.
   *
   * @throws StoreUnavailable with the reason
   */
  probe(): Promise<void>;
  /**
   * A local path to write the bytes of a result to. `tag` tells apart whoever works on the same place at the same time.
   *
   * @throws StoreUnavailable
   */
  stage(place: ResultPlace, tag: string): Promise<string>;
  /**
   * Puts a staged file under its final name, durably and at once, and returns its address.
   *
   * @throws StoreUnavailable
   */
  keep(staged: StagedFile): Promise<string>;
  /** Removes what was staged, if it is still there. */
  discard(path: string): Promise<void>;
}

/** What was kept, for those who look at it. */
export interface ResultReader {
  /**
   * The bytes of a result, wherever the store has been moved since it was kept.
   *
   * @throws StoreUnavailable, also if it is not there
   */
  read(kept: KeptFile): Promise<Buffer>;
}

/** The store cannot take a result now: no room, no permission, not there. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** What was asked for is not in the store, which answers: it is another store, or it was removed. */
export class NotInStore extends StoreUnavailable {}
