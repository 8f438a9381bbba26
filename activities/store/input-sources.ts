/** Reads files that requests name by the place where they are: results in the store, and objects of any bucket. */
import path from 'node:path';
import type { Environment } from '../../workflows/domain/base/environment';
import { isSafeKey } from '../../workflows/domain/base/safe-key';
import { batchItemsFolder } from '../../workflows/domain/batch/batch-ids';
import { SINGLE_ITEMS_FOLDER } from '../../workflows/domain/item/item';
import { findCompletedItem } from '../../workflows/domain/item/journal-entry';
import type { ResultReference } from '../../workflows/domain/operations/result-reference';
import { type ConvertedInput, describeSize, type StoredInput } from '../../workflows/domain/operations/stored-input';
import { keptFileAt, type ResultPlace, type ResultStore, StoreUnavailable } from './result-store';
import { S3Objects } from './s3/s3-objects';
import { parseS3Access } from './s3/s3-settings';
import { SettingsError } from './settings-error';
import { BatchDeletedError } from './store-unavailable';

/** The result of an item, or an object. */
type SourceReference = ResultReference | { readonly kind: 's3'; readonly bucket: string; readonly object: string };

/** The file, or why there is none; the problem follows the name of a field. */
type FoundFile = { readonly name: string; readonly bytes: Buffer } | { readonly problem: string };

export class InputSources {
  private readonly results: ResultSources;

  constructor(
    private readonly store: ResultStore,
    private readonly env: Environment,
  ) {
    this.results = new ResultSources(store);
  }

  /** Whether the store has this content. */
  has(input: StoredInput): Promise<boolean> {
    return this.store.inputs.has(input);
  }

  /** Returns the kept picture that was made of a file, by its SHA-256; `null` if there is none. */
  findConverted(sha256: string): Promise<ConvertedInput | null> {
    return this.store.inputs.findConverted(sha256);
  }

  /**
   * @param limit larger objects are not read, in bytes
   * @throws StoreUnavailable, SettingsError
   */
  read(reference: SourceReference, limit: number): Promise<FoundFile> {
    return reference.kind === 's3' ? this.readObject(reference, limit) : this.results.read(reference);
  }

  /** What `read` returns for the result of an item that is not there. */
  describeMissing(reference: ResultReference): FoundFile {
    return toMissing(formatReference(reference));
  }

  private async readObject({ bucket, object }: { bucket: string; object: string }, limit: number): Promise<FoundFile> {
    const given = `s3://${bucket}/${object}`;
    const problems: string[] = [];
    const access = parseS3Access(this.env, (problem) => problems.push(problem));
    if (problems.length > 0) throw new SettingsError(problems);
    const objects = new S3Objects({ bucket, prefix: '' }, access);
    try {
      const size = await objects.findSize(object);
      if (size === null) return { problem: `is ${JSON.stringify(given)}, which does not exist` };
      if (size > limit) return { problem: `is ${JSON.stringify(given)}, which ${describeSize(size, limit)}` };
      const bytes = await objects.read(object);
      return bytes === null
        ? { problem: `is ${JSON.stringify(given)}, which does not exist` }
        : { name: path.posix.basename(object), bytes };
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      return { problem: `is ${JSON.stringify(given)}, which cannot be read: ${error.message}` };
    } finally {
      await objects.close();
    }
  }
}

/** Reads results of items in a store. */
export class ResultSources {
  /** Files of results by key, by batch: many rows may name results of one batch. */
  private readonly files = new Map<string, Promise<ReadonlyMap<string, string>>>();

  constructor(private readonly store: ResultStore) {}

  /** @throws StoreUnavailable */
  async read(reference: ResultReference): Promise<FoundFile> {
    if (reference.kind === 'item') return this.readItem(reference.id);
    const { batchId, key } = reference;
    try {
      const file = (await this.listFiles(batchId)).get(key);
      return await this.readResult({ folder: batchItemsFolder(batchId), key }, file, formatReference(reference));
    } catch (error) {
      if (!(error instanceof BatchDeletedError)) throw error;
      const given = JSON.stringify(formatReference(reference));
      return { problem: `is ${given}, whose batch was deleted from the store at ${error.deletedAt}` };
    }
  }

  private async readItem(id: string): Promise<FoundFile> {
    const record = isSafeKey(id) ? await this.store.submissions.read(id) : null;
    const given = JSON.stringify(formatReference({ kind: 'item', id }));
    if (record?.deletedAt !== undefined)
      return { problem: `is ${given}, whose files were deleted from the store at ${record.deletedAt}` };
    const file = (record === null ? null : findCompletedItem(record))?.result.file;
    return this.readResult({ folder: SINGLE_ITEMS_FOLDER, key: id }, file, formatReference({ kind: 'item', id }));
  }

  private async readResult(place: ResultPlace, file: string | undefined, given: string): Promise<FoundFile> {
    if (file === undefined) return toMissing(given);
    return { name: path.posix.basename(file), bytes: await this.store.read(keptFileAt(place, file)) };
  }

  private listFiles(batchId: string): Promise<ReadonlyMap<string, string>> {
    const listed = this.files.get(batchId) ?? this.readFiles(batchId);
    this.files.set(batchId, listed);
    return listed;
  }

  private async readFiles(batchId: string): Promise<ReadonlyMap<string, string>> {
    const files = new Map<string, string>();
    const { batches } = this.store;
    const manifest = isSafeKey(batchId) ? await batches.readManifest(batchId) : null;
    if (manifest === null) return files;
    const readPart = await batches.openOutcomes(batchId);
    for (const part of manifest.parts.keys()) {
      for (const { key, file } of (await readPart(part)).lines ?? []) if (file !== null) files.set(key, file);
    }
    return files;
  }
}

function formatReference(reference: ResultReference): string {
  return reference.kind === 'item' ? `item:${reference.id}` : `batch:${reference.batchId}/${reference.key}`;
}

function toMissing(given: string): FoundFile {
  return { problem: `is ${JSON.stringify(given)}, which has no result in the store` };
}
