import type { Readable } from 'node:stream';

/** A part of a file: the first and the last byte, counted from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Files below a store's address: the operations that a folder and a bucket must provide beside those for results. */
export interface StoreFiles {
  /** The address shown to people. */
  addressOf(name: string): string;
  /** Writes a file atomically and durably; replaces an existing one. */
  write(name: string, content: string | Uint8Array): Promise<void>;
  /**
   * Like `write`, but only if no file has this name: of concurrent creators, exactly one succeeds. Returns the content
   * of the file: `text`, or that of the existing file.
   */
  create(name: string, text: string): Promise<string>;
  /** Returns `null` if the file does not exist. */
  read(name: string): Promise<Buffer | null>;
  /** Whether a file has this name. */
  has(name: string): Promise<boolean>;
  /** Names of all files with this prefix, sorted. Only the part after the last `/` may be incomplete. */
  list(beginning: string): Promise<readonly string[]>;
}

/** A file as a listing shows it. */
export interface FoundFile {
  readonly name: string;
  readonly bytes: number;
  /** Time of its last change by the clock of the store, in ms since the epoch. */
  readonly changedAt: number;
}

/** Files that can be listed with their sizes, and removed. */
export interface CleanableFiles extends StoreFiles {
  /**
   * Yields all files whose names begin like this, at any depth, those of a folder together. Files that are created
   * meanwhile may be missing.
   */
  walk(beginning: string): AsyncGenerator<FoundFile>;
  /** Throws if there is no store at the address: a folder that is not mounted must not look like a store that is empty. */
  refuseMissing(): Promise<void>;
  /** Removes files. One that does not exist counts as removed. */
  remove(names: readonly string[]): Promise<void>;
}

/** Files that can be read in parts. */
export interface StreamedFiles extends StoreFiles {
  /** Returns the size of a file in bytes; `null` if it does not exist. */
  findSize(name: string): Promise<number | null>;
  /** Opens a part of a file. The stream fails if reading fails later. */
  openStream(name: string, range: ByteRange): Promise<Readable>;
}
