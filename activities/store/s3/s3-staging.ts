/** Local folder in which results wait for verification and upload. */
import { createHash } from 'node:crypto';
import { lstat, mkdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { type ResultPlace, refuseUnsafe, toNames } from '../result-store';
import { dropStaged, stagedPath, startSweep } from '../staging';

export class S3Staging {
  readonly folder: string;
  private readonly ours: string;
  private readonly sweep: () => Promise<void>;

  /**
   * @param temporary folder for temporary files
   * @param address the store's address: two stores may use the same place
   */
  constructor(temporary: string, address: string) {
    // One folder per user: temporary folders are shared, and the first user owns what it creates.
    this.ours = path.join(temporary, `imagepipeline-staging-${process.getuid?.() ?? 'user'}`);
    this.folder = path.join(this.ours, createHash('sha256').update(address).digest('hex').slice(0, 16));
    this.sweep = startSweep(this.folder);
  }

  async stage(place: ResultPlace, tag: string): Promise<string> {
    refuseUnsafe([tag, ...toNames(place)]);
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await refuseForeign(this.ours);
    await this.sweep();
    return stagedPath(this.folder, toNames(place), tag);
  }

  clear(place: ResultPlace): Promise<void> {
    return dropStaged(this.folder, toNames(place));
  }

  /** Removes the folder, unless another worker on this machine uses it. */
  async close(): Promise<void> {
    for (const folder of [this.folder, this.ours]) {
      try {
        await rmdir(folder);
      } catch (error) {
        if (!isInUseOrGone(error)) throw error;
      }
    }
  }
}

/** Refuses a folder or link of another user, who could read or replace results in it. */
async function refuseForeign(folder: string): Promise<void> {
  const found = await lstat(folder);
  const user = process.getuid?.();
  if (found.isDirectory() && (user === undefined || found.uid === user)) return;
  throw new Error(`${folder} does not belong to this user; remove it, or set TMPDIR to another folder`);
}

function isInUseOrGone(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return /^(ENOTEMPTY|EEXIST|ENOENT)$/.test(code);
}
