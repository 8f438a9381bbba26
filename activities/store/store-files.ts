/** Small files below a store's address: the operations that a folder and a bucket must provide for batches. */
export interface StoreFiles {
  /** The address shown to people. */
  addressOf(name: string): string;
  /** Writes a file atomically and durably; replaces an existing one. */
  write(name: string, text: string): Promise<void>;
  /**
   * Like `write`, but only if no file has this name: of concurrent creators, exactly one succeeds. Returns the content
   * of the file: `text`, or that of the existing file.
   */
  create(name: string, text: string): Promise<string>;
  /** Returns `null` if the file does not exist. */
  read(name: string): Promise<Buffer | null>;
  /** Names of all files with this prefix, sorted. Only the part after the last `/` may be incomplete. */
  list(beginning: string): Promise<readonly string[]>;
}
