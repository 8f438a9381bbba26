import { randomUUID } from 'node:crypto';
import { lstat, rm, stat, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { nullIfMissing } from '../../../workflows/domain/base/errors';
import { SINGLE_ITEMS_FOLDER } from '../../../workflows/domain/item/item';
import type { BatchStore } from '../batch-store';
import { cachingParts } from '../caching-parts';
import { FiledBatchStore } from '../filed-batch-store';
import { checkStoreFiles, IDENTITY_NAME, openKept, readIdentity, readKept } from '../filed-store';
import { type InputFiles, StoredInputFiles } from '../input-files';
import {
  type KeptFile,
  keptName,
  MAX_VERSIONS,
  type OpenFile,
  plainNames,
  type ResultPlace,
  type ResultReader,
  type ResultStore,
  refuseDeletedFolder,
  refuseUnsafe,
  type StagedFile,
  StoreUnavailable,
  toNames,
} from '../result-store';
import { computeDigest, PRIVATE_FOLDER, StagedLeftovers, stagedPath, stagingFolder, startSweep } from '../staging';
import { StoreContents } from '../store-contents';
import { FiledSubmissionJournal, type SubmissionJournal } from '../submission-journal';
import { StoredThumbnails, type Thumbnails } from '../thumbnails';
import { StoredUploadRecords, type UploadRecords } from '../upload-records';
import { FolderFiles } from './folder-files';
import { KnownFolders } from './known-folders';
import { putOnce } from './put-once';
import { SharedSync } from './shared-sync';
import { sync } from './sync';

/**
 * Results as files below one root: `<folder>/<key>.<extension>`. A file appears complete or not at all, and is on disk
 * when `keep` returns.
 */
export class FilesystemStore implements ResultStore, ResultReader {
  readonly kind = 'folder';
  readonly root: string;
  readonly batches: BatchStore;
  readonly submissions: SubmissionJournal;
  readonly inputs: InputFiles;
  readonly thumbnails: Thumbnails;
  readonly uploads: UploadRecords;
  readonly contents: StoreContents;
  private readonly files: FolderFiles;
  private readonly staging: string;
  private readonly sweep: () => Promise<void>;
  private readonly leftovers: StagedLeftovers;
  private readonly folders: KnownFolders;
  private readonly syncs = new SharedSync();

  constructor(root: string) {
    this.root = path.resolve(root);
    this.files = new FolderFiles(this.root);
    this.folders = new KnownFolders(this.files.storeRoot);
    this.staging = stagingFolder(this.root);
    this.sweep = startSweep(this.staging);
    this.leftovers = new StagedLeftovers(this.staging);
    this.batches = cachingParts(new FiledBatchStore(this.files));
    this.submissions = new FiledSubmissionJournal(this.files);
    this.inputs = new StoredInputFiles(this.files);
    this.thumbnails = new StoredThumbnails(this.files);
    this.uploads = new StoredUploadRecords(this.files);
    this.contents = new StoreContents(this.files);
  }

  get address(): string {
    return this.root;
  }

  async identity(): Promise<string> {
    const identity = await readIdentity(this.files);
    this.files.storeRoot.rememberIdentity(IDENTITY_NAME);
    return identity;
  }

  async check(): Promise<void> {
    await checkStoreFiles(this.files);
    // From here on the folder is known by its identity, and is not made again.
    await this.identity();
    await this.checkResults();
  }

  /** The folder of single items may have another owner or mount than the store, so it is probed too. */
  private async checkResults(): Promise<void> {
    const place = { folder: SINGLE_ITEMS_FOLDER, key: `probe-${randomUUID()}` };
    const staged = await this.stage(place, 'probe');
    await this.attempt('keep a result in', () => writeFile(staged, place.key));
    try {
      const file = await this.keep({ ...place, path: staged, extension: 'txt' });
      await this.attempt('clean up', () => rm(file));
    } finally {
      await this.discard(staged);
    }
  }

  stage(place: ResultPlace, tag: string): Promise<string> {
    return this.attempt('write to', async () => {
      refuseUnsafe([tag, ...toNames(place)]);
      await this.folders.make(this.staging, PRIVATE_FOLDER);
      await this.sweep();
      return stagedPath(this.staging, toNames(place), tag);
    });
  }

  async keep({ path: staged, handle, ...kept }: StagedFile): Promise<string> {
    await refuseDeletedFolder(this.batches, kept.folder);
    return this.attempt('keep a result in', async () => {
      refuseUnsafe(toNames(kept));
      const folder = path.join(this.root, kept.folder);
      await this.folders.make(folder);
      await (handle === undefined ? sync(staged) : handle.sync());
      const final = await this.place(staged, kept);
      await this.syncs.sync(folder);
      await this.leftovers.drop(toNames(kept));
      return final;
    });
  }

  /** Uses the first name that is free or holds the same bytes. */
  private async place(staged: string, kept: Omit<StagedFile, 'path' | 'handle'>): Promise<string> {
    for (let version = 1; version <= MAX_VERSIONS; version += 1) {
      const final = path.join(this.root, keptName({ ...kept, version }));
      if (await putOnce(final, staged)) return final;
      if (await haveSameBytes(final, staged)) {
        await unlink(staged).catch(nullIfMissing);
        return final;
      }
    }
    throw new Error(`there are ${MAX_VERSIONS} results of ${kept.key} already`);
  }

  async read(kept: KeptFile): Promise<Buffer> {
    return readKept(this.files, kept);
  }

  open(kept: KeptFile): Promise<OpenFile> {
    return openKept(this.files, kept);
  }

  findPlain(place: ResultPlace): Promise<string | null> {
    return this.attempt('look into', async () => {
      refuseUnsafe(toNames(place));
      for (const name of plainNames(place)) {
        if ((await lstat(path.join(this.root, name)).catch(nullIfMissing)) !== null) return name;
      }
      return null;
    });
  }

  discard(staged: string): Promise<void> {
    this.folders.forget();
    return this.attempt('clean up', () => rm(staged, { force: true }));
  }

  private async attempt<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.folders.forget();
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreUnavailable(`cannot ${doing} the store ${this.root}: ${reason}`, { cause: error });
    }
  }
}

async function haveSameBytes(left: string, right: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(left), stat(right)]);
  if (one.size !== other.size) return false;
  const [first, second] = await Promise.all([computeDigest(left), computeDigest(right)]);
  return first.equals(second);
}
