/** Files that requests name by content, kept beside the results. */
import {
  type ConvertedInput,
  parseStoredValue,
  type StoredInput,
  toStoredName,
  toStoredValue,
} from '../../workflows/domain/operations/stored-input';
import { hasSha256 } from './sha-256';
import type { StoreFiles } from './store-files';
import { StoreUnavailable } from './store-unavailable';

interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** All methods throw `StoreUnavailable`. */
export interface InputFiles {
  /**
   * Keeps a file, durably, unless its content is kept already.
   *
   * @param read called if it is not kept; its errors are passed on. The name is the file's own, for messages
   */
  keep(input: StoredInput, read: () => Promise<NamedFile>): Promise<void>;
  has(input: StoredInput): Promise<boolean>;
  /** Records which picture was made of a file, by its SHA-256, unless one is recorded. */
  keepConverted(sha256: string, made: ConvertedInput): Promise<void>;
  /** Returns the kept picture that was made of a file; `null` if there is none. */
  findConverted(sha256: string): Promise<ConvertedInput | null>;
  /** Throws also if the file does not exist or has other bytes than its name says. */
  read(input: StoredInput): Promise<Buffer>;
  /** The name of the first file with this content. */
  readName(input: StoredInput): Promise<string>;
}

export class StoredInputFiles implements InputFiles {
  constructor(private readonly files: StoreFiles) {}

  async keep(input: StoredInput, read: () => Promise<NamedFile>): Promise<void> {
    if (await this.has(input)) return;
    const { name, bytes } = await read();
    await this.files.write(toNoteName(input), `${JSON.stringify({ name })}\n`);
    // Written last: what is there is complete.
    await this.files.write(toStoredName(input), bytes);
  }

  has(input: StoredInput): Promise<boolean> {
    return this.files.has(toStoredName(input));
  }

  async keepConverted(sha256: string, { extension, bytes, ...made }: ConvertedInput): Promise<void> {
    await this.files.create(toRecordName(sha256), `${JSON.stringify({ sha256: made.sha256, extension, bytes })}\n`);
  }

  async findConverted(sha256: string): Promise<ConvertedInput | null> {
    const text = await this.files.read(toRecordName(sha256));
    const made = text === null ? null : parseRecord(text.toString('utf8'));
    return made !== null && (await this.has(made)) ? made : null;
  }

  async read(input: StoredInput): Promise<Buffer> {
    const name = toStoredName(input);
    const bytes = await this.files.read(name);
    if (bytes !== null && hasSha256(bytes, input.sha256)) return bytes;
    if (bytes !== null)
      throw new StoreUnavailable(
        `cannot use ${name}: it was changed: its bytes have another SHA-256; restore it from a copy, or remove it and start an item with the same file`,
      );
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

function toRecordName(sha256: string): string {
  return `inputs/${sha256}.converted.json`;
}

function parseRecord(text: string): ConvertedInput | null {
  try {
    const { sha256, extension, bytes } = JSON.parse(text);
    const input = parseStoredValue(toStoredValue({ sha256, extension }));
    return input === null || typeof bytes !== 'number' ? null : { ...input, bytes };
  } catch {
    // Without a record the file is converted again.
    return null;
  }
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
