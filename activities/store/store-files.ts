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

/** Files that can be read in parts. */
export interface StreamedFiles extends StoreFiles {
  /** Returns the size of a file in bytes; `null` if it does not exist. */
  findSize(name: string): Promise<number | null>;
  /** Opens a part of a file. The stream fails if reading fails later. */
  openStream(name: string, range: ByteRange): Promise<Readable>;
}
