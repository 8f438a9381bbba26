/** Where results are kept. Bytes are staged first and believed only after they were verified. */
import type { BatchStore } from './batch-store';
import type { SubmissionJournal } from './submission-journal';

export { NotInStore, StoreUnavailable } from './store-unavailable';

/** Where a result belongs. */
export interface ResultPlace {
  /** Below the store's root, for instance `images`; its parts are separated by `/`. */
  readonly folder: string;
  readonly key: string;
}

/** A verified file, ready to be kept. */
export interface StagedFile extends ResultPlace {
  /** Without a dot, for instance `webp`. */
  readonly extension: string;
  /** Where the bytes lie now. */
  readonly path: string;
}

/** A result under its final name. */
export interface KeptFile extends ResultPlace {
  readonly extension: string;
  /** 1 for the first, which alone has the plain name; a later one has other bytes. */
  readonly version: number;
}

/** More results of one key than anybody pays for. */
export const MAX_VERSIONS = 1_000;

/** Below the store's root. `~` is in no key, so no version is named like another key. */
export function keptName({ folder, key, extension, version }: KeptFile): string {
  return `${folder}/${key}${version === 1 ? '' : `~${version}`}.${extension}`;
}

/** The result of a key that has this address, wherever the store has been moved since. */
export function keptFileAt(place: ResultPlace, address: string): KeptFile {
  const [, version = '1', extension = ''] = /(?:~(\d+))?\.([^./\\~]+)$/.exec(address) ?? [];
  return { ...place, extension, version: Number(version) };
}

/** Those that verified bytes give a file, each with the type of its bytes. */
export const RESULT_TYPES: Readonly<Record<string, string>> = {
  webp: 'image/webp',
  jpg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  avif: 'image/avif',
  heif: 'image/heif',
  tiff: 'image/tiff',
};

/** The plain names that a result of a place may get. */
export function plainNames(place: ResultPlace): readonly string[] {
  return Object.keys(RESULT_TYPES).map((extension) => keptName({ ...place, extension, version: 1 }));
}

/** What a store is kept in. */
export type StoreKind = 'folder' | 's3';

/** Where results are put, and beside them manifests and outcomes of batches. */
export interface ResultStore extends ResultReader {
  readonly kind: StoreKind;
  /** As people are told it. */
  readonly address: string;
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
   * Puts a staged file under its final name, durably and at once, and returns its address. A file that is there is never
   * replaced by other bytes: a later result of its key gets a name with the next version. The same bytes are the same file.
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
  /**
   * The name of a file, below the store's root, that has the plain name of a result of this place; `null`: there is none.
   * A file system that takes names for the same that differ in case finds those as well.
   *
   * @throws StoreUnavailable
   */
  findPlain(place: ResultPlace): Promise<string | null>;
}
