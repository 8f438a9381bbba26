/** A file of a result, read from the store. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CheckedBytes, DamagedFileError, type KeptFile, keptFileAt, toFileName } from '../activities/store';
import { FileMissingError } from '../connection/errors';
import { MAIN_ROLE, type Outcome, type StoredFile } from '../workflows/domain/item/item';
import { findFile, listFiles, type MadeFiles } from '../workflows/domain/item/made-files';
import type { OpenStore } from './open-store';

/** Selects a file of an item. */
export interface DownloadOptions {
  /** For example `cutout`, or `STEP.ROLE` for a file of an earlier step. Default: the main file. */
  readonly role?: string;
}

/** A file of a result. Its bytes are read from the store when they are needed, and checked with its SHA-256. */
export class ResultFile {
  /** For example `banner-1.webp`. */
  readonly name: string;
  /** The key of the item in its batch; the id of a single item. */
  readonly key: string;
  /** `result` for the main file of most operations. */
  readonly role: string;
  /** MIME type, for example `image/webp`. */
  readonly type: string;
  /** Size in bytes. */
  readonly bytes: number;
  readonly sha256: string;

  /** @internal */
  constructor(
    private readonly store: Pick<OpenStore, 'openFile'>,
    private readonly kept: KeptFile,
    { role, mimeType, bytes, sha256 }: StoredFile,
  ) {
    this.name = toFileName(kept);
    this.key = kept.key;
    this.role = role;
    this.type = mimeType;
    this.bytes = bytes;
    this.sha256 = sha256;
  }

  /**
   * Opens the file. The stream fails with a `DamagedFileError` at its end if the bytes are not those of the result.
   *
   * @throws NotInStore if the store does not have the file; it was removed, or the workers use another store
   * @throws StoreUnavailable
   * @throws DamagedFileError if its size is not that of the result
   */
  async stream(): Promise<Readable> {
    const file = await this.store.openFile(this.kept);
    if (file.bytes !== this.bytes)
      throw new DamagedFileError(`${this.name} has ${file.bytes} bytes; must have ${this.bytes}`);
    const source = await file.read();
    const checked = new CheckedBytes(this.name, this.sha256);
    source.once('error', (error) => checked.destroy(error));
    checked.once('close', () => source.destroy());
    return source.pipe(checked);
  }

  /**
   * Reads all bytes into memory.
   *
   * @throws NotInStore, StoreUnavailable, DamagedFileError as `stream`
   */
  async read(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of await this.stream()) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /**
   * Writes the file, and makes its folder. It appears complete or not at all, and replaces a file of this name.
   *
   * @param file path, from the working folder of the process
   * @throws NotInStore, StoreUnavailable, DamagedFileError as `stream`, and errors of the file system
   */
  async save(file: string): Promise<void> {
    const target = path.resolve(file);
    const temporary = `${target}.${randomUUID()}.tmp`;
    await mkdir(path.dirname(target), { recursive: true });
    try {
      await pipeline(await this.stream(), createWriteStream(temporary, { flags: 'wx' }));
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}

/** An item and its files. */
interface DownloadableItem extends MadeFiles {
  readonly state: 'running' | Outcome;
  readonly code: string | null;
  /** For messages, for example `item "a" of the batch "b"`. */
  readonly name: string;
}

/** @throws FileMissingError if the item does not have the file, or not yet */
export function pickFile(item: DownloadableItem, { role = MAIN_ROLE }: DownloadOptions): StoredFile {
  const file = findFile(item, role);
  if (file !== null) return file;
  throw new FileMissingError(
    item,
    role,
    listFiles(item).map((one) => one.role),
  );
}

/** @param folder of the item's files, below the store's root */
export function toResultFile(
  store: Pick<OpenStore, 'openFile'>,
  folder: string,
  key: string,
  file: StoredFile,
): ResultFile {
  return new ResultFile(store, keptFileAt({ folder, key }, file.file), file);
}
