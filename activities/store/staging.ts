/** Staging of files, which lets each one appear in its place complete or not at all. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { nullIfMissing } from '../../workflows/domain/base/errors';

/** Age after which a staged file is a leftover, in ms. No write takes that long. */
const FORGOTTEN_MS = 24 * 3_600_000;
const SUFFIX = '.part';
/** Less than it takes until work of a killed worker is handed out again, in ms: what it left is in the listing. */
const MAX_LISTING_AGE_MS = 3_000;

/** Folder mode for private data: staged files may contain prompts. */
export const PRIVATE_FOLDER = 0o700;
export const PRIVATE_FILE = 0o600;

/** The staging folder of a folder store: below its root, so that files are moved and never copied. */
export function stagingFolder(root: string): string {
  return path.join(root, '.incoming');
}

/**
 * @param names path segments of the destination, safe as file names
 * @param tag distinguishes concurrent writers of one destination
 */
export function stagedPath(folder: string, names: readonly string[], tag: string): string {
  return path.join(folder, `${toBeginning(names)}${tag}${SUFFIX}`);
}

/** Removes all files staged for a destination once a complete file exists, including those of a killed worker. */
export async function dropStaged(folder: string, names: readonly string[]): Promise<void> {
  await dropOf(folder, names, await readdir(folder));
}

async function dropOf(folder: string, names: readonly string[], found: readonly string[]): Promise<void> {
  const beginning = toBeginning(names);
  const leftovers = found.filter((name) => name.startsWith(beginning));
  await Promise.all(leftovers.map((name) => rm(path.join(folder, name), { force: true })));
}

/** Does the same as `dropStaged` for many destinations, with one listing of the folder every few seconds. */
export class StagedLeftovers {
  private listing: Promise<readonly string[]> = Promise.resolve([]);
  private listedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly folder: string) {}

  async drop(names: readonly string[]): Promise<void> {
    const now = performance.now();
    if (now - this.listedAt > MAX_LISTING_AGE_MS) {
      this.listedAt = now;
      this.listing = readdir(this.folder);
    }
    try {
      await dropOf(this.folder, names, await this.listing);
    } catch (error) {
      this.listedAt = Number.NEGATIVE_INFINITY;
      throw error;
    }
  }
}

/** On its first call, removes files of killed workers that are older than a day. */
export function startSweep(folder: string): () => Promise<void> {
  let isSwept = false;
  return async () => {
    if (isSwept) return;
    isSwept = true;
    await dropForgotten(folder);
  };
}

async function dropForgotten(folder: string): Promise<void> {
  const since = Date.now() - FORGOTTEN_MS;
  const staged = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX)).map((name) => path.join(folder, name));
  await Promise.all(staged.map((file) => dropIfOlder(file, since)));
}

async function dropIfOlder(file: string, since: number): Promise<void> {
  // The file was stored, or removed by another worker, after the listing.
  const found = await stat(file).catch(nullIfMissing);
  if (found !== null && found.mtimeMs < since) await rm(file, { force: true });
}

/** A hash, because the joined names may exceed the file system's limit. */
function toBeginning(names: readonly string[]): string {
  return `${createHash('sha256').update(names.join('/')).digest('hex').slice(0, 32)}~`;
}

/** Computes the SHA-256 of a file. */
export async function computeDigest(file: string): Promise<Buffer> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest();
}
