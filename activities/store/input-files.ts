/** Files that requests name by content, kept beside the results. */
import { type StoredInput, toStoredName } from '../../workflows/domain/operations/stored-input';
import type { StoreFiles } from './store-files';
import { StoreUnavailable } from './store-unavailable';

/** All methods throw `StoreUnavailable`. */
export interface InputFiles {
  /**
   * Keeps a file, durably, unless its content is kept already.
   *
   * @param name the file's own name, for messages
   */
  keep(input: StoredInput, name: string, bytes: Uint8Array): Promise<void>;
  has(input: StoredInput): Promise<boolean>;
  /** Throws also if the file does not exist. */
  read(input: StoredInput): Promise<Buffer>;
  /** The name of the first file with this content. */
  readName(input: StoredInput): Promise<string>;
}

export class StoredInputFiles implements InputFiles {
  constructor(private readonly files: StoreFiles) {}

  async keep(input: StoredInput, name: string, bytes: Uint8Array): Promise<void> {
    if (await this.has(input)) return;
    await this.files.write(toNoteName(input), `${JSON.stringify({ name })}\n`);
    // Written last: what is there is complete.
    await this.files.write(toStoredName(input), bytes);
  }

  has(input: StoredInput): Promise<boolean> {
    return this.files.has(toStoredName(input));
  }

  async read(input: StoredInput): Promise<Buffer> {
    const name = toStoredName(input);
    const bytes = await this.files.read(name);
    if (bytes !== null) return bytes;
    throw new StoreUnavailable(`cannot read ${this.files.addressOf(name)}: it does not exist; it was moved or removed`);
  }

  async readName(input: StoredInput): Promise<string> {
    const bytes = await this.files.read(toNoteName(input));
    return (bytes === null ? null : parseNote(bytes.toString('utf8'))) ?? toStoredName(input);
  }
}

function toNoteName({ sha256 }: StoredInput): string {
  return `inputs/${sha256}.json`;
}

function parseNote(text: string): string | null {
  try {
    const { name }: { name?: unknown } = JSON.parse(text);
    return typeof name === 'string' ? name : null;
  } catch {
    // The name serves messages only.
    return null;
  }
}
