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
