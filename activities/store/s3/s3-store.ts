import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { getOwn } from '../../../workflows/domain/base/own-value';
import type { BatchStore } from '../batch-store';
import { cachingParts } from '../caching-parts';
import { FiledBatchStore } from '../filed-batch-store';
import { checkStoreFiles, openKept, readIdentity, readKept } from '../filed-store';
import { type InputFiles, StoredInputFiles } from '../input-files';
import {
  type KeptFile,
  keptName,
  MAX_VERSIONS,
  type OpenFile,
  plainNames,
  RESULT_TYPES,
  type ResultPlace,
  type ResultReader,
  type ResultStore,
  refuseDeletedFolder,
  refuseUnsafe,
  type StagedFile,
  StoreUnavailable,
  toNames,
} from '../result-store';
import { StoreContents } from '../store-contents';
import { FiledSubmissionJournal, type SubmissionJournal } from '../submission-journal';
import { StoredThumbnails, type Thumbnails } from '../thumbnails';
import { StoredUploadRecords, type UploadRecords } from '../upload-records';
import { S3Objects } from './s3-objects';
import type { S3Access, S3Location } from './s3-settings';
import { S3Staging } from './s3-staging';

interface S3StoreOptions extends S3Access {
  /** Folder for staged results. Default: the system's temporary folder. */
  readonly temporary?: string;
}

/**
 * Results as objects: `<prefix>/<folder>/<key>.<extension>`. They are staged in a local folder; an object appears
 * complete or not at all. The SDK is loaded and connected on first use.
 */
export class S3Store implements ResultStore, ResultReader {
  readonly kind = 's3';
  readonly address: string;
  readonly batches: BatchStore;
  readonly submissions: SubmissionJournal;
  readonly inputs: InputFiles;
  readonly thumbnails: Thumbnails;
  readonly uploads: UploadRecords;
  readonly contents: StoreContents;
  private readonly objects: S3Objects;
  private readonly staging: S3Staging;

  constructor(location: S3Location, { temporary = tmpdir(), ...access }: S3StoreOptions = {}) {
    this.objects = new S3Objects(location, access);
    this.address = this.objects.address;
    this.batches = cachingParts(new FiledBatchStore(this.objects));
    this.submissions = new FiledSubmissionJournal(this.objects);
    this.inputs = new StoredInputFiles(this.objects);
    this.thumbnails = new StoredThumbnails(this.objects);
    this.uploads = new StoredUploadRecords(this.objects);
    this.contents = new StoreContents(this.objects);
    this.staging = new S3Staging(temporary, this.address);
  }

  identity(): Promise<string> {
    return readIdentity(this.objects);
  }

  async check(): Promise<void> {
    await checkStoreFiles(this.objects);
    await this.identity();
  }

  stage(place: ResultPlace, tag: string): Promise<string> {
    return this.locally('stage a result for', () => this.staging.stage(place, tag));
  }

  async keep({ path, ...kept }: StagedFile): Promise<string> {
    await this.locally('keep a result in', async () => refuseUnsafe(toNames(kept)));
    await refuseDeletedFolder(this.batches, kept.folder);
    const name = await this.place(path, kept);
    await this.locally('clean up after', () => this.staging.clear(kept));
    return this.objects.addressOf(name);
  }

  /** Uses the first name that is free or holds the same bytes. */
  private async place(path: string, kept: Omit<StagedFile, 'path'>): Promise<string> {
    const contentType = getOwn(RESULT_TYPES, kept.extension) ?? 'application/octet-stream';
    for (let version = 1; version <= MAX_VERSIONS; version += 1) {
      const name = keptName({ ...kept, version });
      if (await this.objects.upload(name, path, contentType)) return name;
    }
    throw new StoreUnavailable(
      `cannot keep a result in the store ${this.address}: there are ${MAX_VERSIONS} of ${kept.key}`,
    );
  }

  read(kept: KeptFile): Promise<Buffer> {
    return readKept(this.objects, kept);
  }

  open(kept: KeptFile): Promise<OpenFile> {
    return openKept(this.objects, kept);
  }

  async findPlain(place: ResultPlace): Promise<string | null> {
    await this.locally('look into', async () => refuseUnsafe(toNames(place)));
    const names = plainNames(place);
    // In parallel: there is one request for each type of file.
    const found = await Promise.all(names.map((name) => this.objects.has(name)));
    return names.find((_name, index) => found[index]) ?? null;
  }

  discard(staged: string): Promise<void> {
    return this.locally('clean up after', () => rm(staged, { force: true }));
  }

  async close(): Promise<void> {
    await this.objects.close();
    await this.staging.close();
  }

  /** Runs a step that concerns this machine only. */
  private async locally<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreUnavailable(`cannot ${doing} the store ${this.address}: ${reason}`, { cause: error });
    }
  }
}
