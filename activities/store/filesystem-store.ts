import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BatchStore } from './batch-store';
import { cachingParts } from './caching-parts';
import { FiledBatchStore } from './filed-batch-store';
import { FolderFiles } from './folder-files';
import { readKept } from './kept-files';
import {
  type KeptFile,
  keptName,
  type ResultPlace,
  type ResultReader,
  type ResultStore,
  type StagedFile,
  StoreUnavailable,
} from './result-store';
import { namesOf, refuseUnsafe } from './safe-names';
import { dropStaged, stagedPath, stagingFolderOf, sweepOf } from './staging';
import { readIdentity } from './store-identity';
import { probeStore } from './store-probe';
import { FiledSubmissionJournal, type SubmissionJournal } from './submission-journal';
import { sync } from './sync';

/**
 * Results as files below one root: `<folder>/<key>.<extension>`. A file appears there whole or not at all, and is on
 * the disk when `keep` returns.
 */
export class FilesystemStore implements ResultStore, ResultReader {
  readonly kind = 'folder';
  readonly root: string;
  readonly batches: BatchStore;
  readonly submissions: SubmissionJournal;
  private readonly files: FolderFiles;
  private readonly staging: string;
  private readonly sweep: () => Promise<void>;

  constructor(root: string) {
    this.root = path.resolve(root);
    this.files = new FolderFiles(this.root);
    this.staging = stagingFolderOf(this.root);
    this.sweep = sweepOf(this.staging);
    this.batches = cachingParts(new FiledBatchStore(this.files));
    this.submissions = new FiledSubmissionJournal(this.files);
  }

  identity(): Promise<string> {
    return readIdentity(this.files);
  }

  probe(): Promise<void> {
    return probeStore(this.files);
  }

  stage(place: ResultPlace, tag: string): Promise<string> {
    return this.attempt('write to', async () => {
      refuseUnsafe([tag, ...namesOf(place)]);
      await mkdir(this.staging, { recursive: true });
      await this.sweep();
      return stagedPath(this.staging, namesOf(place), tag);
    });
  }

  keep({ path: staged, ...kept }: StagedFile): Promise<string> {
    return this.attempt('keep a result in', async () => {
      refuseUnsafe(namesOf(kept));
      const folder = path.join(this.root, kept.folder);
      const final = path.join(this.root, keptName(kept));
      await mkdir(folder, { recursive: true });
      await sync(staged);
      await rename(staged, final);
      await sync(folder);
      await dropStaged(this.staging, namesOf(kept));
      return final;
    });
  }

  async read(kept: KeptFile): Promise<Buffer> {
    return readKept(this.files, kept);
  }

  discard(staged: string): Promise<void> {
    return this.attempt('clean up', () => rm(staged, { force: true }));
  }

  private async attempt<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreUnavailable(`cannot ${doing} the store ${this.root}: ${reason}`, { cause: error });
    }
  }
}
