/** The store of results. Bytes are staged first and kept only after verification. */
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { brokenKeyRule } from '../../workflows/domain/base/safe-key';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { findBatchOfFolder } from '../../workflows/domain/batch/batch-ids';
import type { BatchStore } from './batch-store';
import type { InputFiles } from './input-files';
import type { StoreContents } from './store-contents';
import type { ByteRange } from './store-files';
import type { SubmissionJournal } from './submission-journal';
import type { Thumbnails } from './thumbnails';
import type { UploadRecords } from './upload-records';

export { NotInStore, StoreUnavailable } from './store-unavailable';

/** The place of a result. */
export interface ResultPlace {
  /** Path below the store's root, for example `images`; separated by `/`. */
  readonly folder: string;
  readonly key: string;
  /** Of a file beside the main one. Default: the main file. */
  readonly role?: string;
}

/** A verified file that is ready to be kept. */
export interface StagedFile extends ResultPlace {
  /** Without a dot, for example `webp`. */
  readonly extension: string;
  /** Path of the staged bytes. */
  readonly path: string;
  /** The handle that wrote them, if it is still open; the caller closes it. */
  readonly handle?: FileHandle;
}

/** A result under its final name. */
export interface KeptFile extends ResultPlace {
  readonly extension: string;
  /** 1 for the first result, which has the plain name; later ones have different bytes. */
  readonly version: number;
}

/** Maximum results per key, more than anyone pays for. */
export const MAX_VERSIONS = 1_000;

/**
 * The file name below the store's root. Keys never contain `~`, so a role or a version is never confused with another
 * key; roles begin with a letter.
 */
export function keptName({ folder, key, role, extension, version }: KeptFile): string {
  return `${folder}/${key}${role === undefined ? '' : `~${role}`}${version === 1 ? '' : `~${version}`}.${extension}`;
}

/** The name of a result without its folder. Throws if a part of it is not safe. */
export function toFileName(kept: KeptFile): string {
  refuseUnsafe([...toNames(kept), kept.extension]);
  return keptName(kept).slice(kept.folder.length + 1);
}

/**
 * The result of a key at this address, even if the store was moved since. The address says which of its files it is: that
 * of a step that was the last one in an earlier run has the name of the item.
 */
export function keptFileAt({ folder, key }: Omit<ResultPlace, 'role'>, address: string): KeptFile {
  const [, role, version = '1', extension = ''] =
    /(?:~([A-Za-z][^~/\\]*))?(?:~(\d+))?\.([^./\\~]+)$/.exec(address) ?? [];
  return { folder, key, ...withoutMissing({ role }), extension, version: Number(version) };
}

/** MIME types by file extension; verified bytes determine the extension. */
export const RESULT_TYPES: Readonly<Record<string, string>> = {
  webp: 'image/webp',
  jpg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  avif: 'image/avif',
  heif: 'image/heif',
  tiff: 'image/tiff',
  mp4: 'video/mp4',
  webm: 'video/webm',
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
  glb: 'model/gltf-binary',
};

/** The plain names that a result of this place may have. */
export function plainNames(place: ResultPlace): readonly string[] {
  return Object.keys(RESULT_TYPES).map((extension) => keptName({ ...place, extension, version: 1 }));
}

/** The parts of a place's name, each of which must be safe. */
export function toNames({ folder, key, role }: ResultPlace): readonly string[] {
  return [...folder.split('/'), key, ...(role === undefined ? [] : [role])];
}

/** @throws NotInStore if the folder is of a batch that was deleted */
export async function refuseDeletedFolder(batches: BatchStore, folder: string): Promise<void> {
  const batchId = findBatchOfFolder(folder);
  if (batchId !== null) await batches.refuseDeleted(batchId);
}

/** Names that become part of a path: none may leave the store. */
export function refuseUnsafe(names: readonly string[]): void {
  for (const name of names) {
    const rule = brokenKeyRule(name);
    if (rule !== null) throw new Error(`${JSON.stringify(name)} is not safe as a file name; it ${rule}`);
  }
}

/** Where a store is kept. */
export type StoreKind = 'folder' | 's3';

/** Stores results, and beside them the manifests and outcomes of batches. */
export interface ResultStore extends ResultReader {
  readonly kind: StoreKind;
  /** The address shown to people. */
  readonly address: string;
  /** Batch data below the same root. */
  readonly batches: BatchStore;
  /** Submission records of single items below the same root. */
  readonly submissions: SubmissionJournal;
  /** Input files below the same root. */
  readonly inputs: InputFiles;
  /** Thumbnails below the same root. */
  readonly thumbnails: Thumbnails;
  /** Addresses of uploaded inputs below the same root. */
  readonly uploads: UploadRecords;
  /** Sizes and removal of everything below the same root. */
  readonly contents: StoreContents;
  /**
   * Returns the store's unique id. Created by the first call, kept in the store, and copied with it. Read on every
   * call, because a folder can become another store when a disk is mounted or lost.
   *
   * @throws StoreUnavailable
   */
  identity(): Promise<string>;
  /**
   * Writes and reads a small file, and checks that creating an existing file fails; otherwise two batches could take
   * the same id.
   *
   * @throws StoreUnavailable with the reason
   */
  check(): Promise<void>;
  /**
   * Returns a local path for the bytes of a result. `tag` distinguishes concurrent writers of the same place.
   *
   * @throws StoreUnavailable
   */
  stage(place: ResultPlace, tag: string): Promise<string>;
  /**
   * Moves a staged file to its final name, durably and atomically, and returns its address. An existing file is never
   * replaced by other bytes: a later result of its key gets the next version. Equal bytes count as the same file.
   *
   * @throws StoreUnavailable, also if it is of a batch that was deleted
   */
  keep(staged: StagedFile): Promise<string>;
  /** Removes a staged file if it still exists. */
  discard(path: string): Promise<void>;
}

/** A kept result that is read in parts. */
export interface OpenFile {
  /** Its size. */
  readonly bytes: number;
  /**
   * @param range default: the whole file
   * @throws StoreUnavailable
   */
  read(range?: ByteRange): Promise<Readable>;
}

/** Reads kept results. */
export interface ResultReader {
  /**
   * Finds a result to read it as a stream, in whole or in part.
   *
   * @throws StoreUnavailable, also if the file does not exist
   */
  open(kept: KeptFile): Promise<OpenFile>;
  /**
   * Reads the bytes of a result, even if the store was moved since.
   *
   * @throws StoreUnavailable, also if the file does not exist
   */
  read(kept: KeptFile): Promise<Buffer>;
  /**
   * Returns the name, below the store's root, of a file that has a plain name of this place; `null` if there is none.
   * On a case-insensitive file system this includes names that differ in case.
   *
   * @throws StoreUnavailable
   */
  findPlain(place: ResultPlace): Promise<string | null>;
}
