import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { isSafeKey } from '../../workflows/domain/safe-key';
import type { BatchStore } from './batch-store';
import { cachingParts } from './caching-parts';
import { FilesystemBatchStore } from './filesystem-batch-store';
import { type ResultPlace, type ResultStore, type StagedFile, StoreUnavailable } from './result-store';
import { sync } from './sync';

const STAGING = '.incoming';

/**
 * Results as files below one root: `<folder>/<key>.<extension>`. A file appears there whole or not at all, and is on
 * the disk when `keep` returns.
 */
export class FilesystemStore implements ResultStore {
  readonly root: string;
  readonly batches: BatchStore;

  constructor(root: string) {
    this.root = path.resolve(root);
    this.batches = cachingParts(new FilesystemBatchStore(this.root));
  }

  stage(place: ResultPlace, tag: string): Promise<string> {
    return this.attempt('write to', async () => {
      for (const name of [tag, ...namesOf(place)]) refuseUnsafe(name);
      await mkdir(path.join(this.root, STAGING), { recursive: true });
      return path.join(this.root, STAGING, `${stagedName(place)}${tag}.part`);
    });
  }

  keep({ path: staged, extension, ...place }: StagedFile): Promise<string> {
    return this.attempt('keep a result in', async () => {
      for (const name of namesOf(place)) refuseUnsafe(name);
      const folder = path.join(this.root, place.folder);
      const final = path.join(folder, `${place.key}.${extension}`);
      await mkdir(folder, { recursive: true });
      await sync(staged);
      await rename(staged, final);
      await sync(folder);
      await this.dropLeftovers(place);
      return final;
    });
  }

  discard(staged: string): Promise<void> {
    return this.attempt('clean up', () => rm(staged, { force: true }));
  }

  /** What a worker that was killed had staged for this place; it is stored now. */
  private async dropLeftovers(place: ResultPlace): Promise<void> {
    const staging = path.join(this.root, STAGING);
    const leftovers = (await readdir(staging)).filter((name) => name.startsWith(stagedName(place)));
    await Promise.all(leftovers.map((name) => rm(path.join(staging, name), { force: true })));
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

function namesOf({ folder, key }: ResultPlace): readonly string[] {
  return [...folder.split('/'), key];
}

/** `~` is in no safe name, so no place's name begins like another's. */
function stagedName(place: ResultPlace): string {
  return `${namesOf(place).join('~')}~`;
}

function refuseUnsafe(key: string): void {
  if (!isSafeKey(key)) {
    throw new Error(`${JSON.stringify(key)} is not safe as a file name; use letters, digits, ".", "_" and "-"`);
  }
}
