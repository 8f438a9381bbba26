/** Small files below a store's address: all that a folder and a bucket have to be able to do for batches. */
export interface StoreFiles {
  /** As people are told it. */
  addressOf(name: string): string;
  /** The file appears whole or not at all, is durable when this returns, and replaces one of the same name. */
  write(name: string, text: string): Promise<void>;
  /**
   * As `write`, but only where there is no file of this name: of two who create it at the same time exactly one does.
   * Returns what is there now: `text`, or what was there already.
   */
  create(name: string, text: string): Promise<string>;
  /** `null` if there is no such file. */
  read(name: string): Promise<Buffer | null>;
  /** The names of all files that begin so, in order. Only what follows the last `/` may be the beginning of a name. */
  list(beginning: string): Promise<readonly string[]>;
}
