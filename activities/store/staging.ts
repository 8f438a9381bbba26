/** Where files wait that are being written, so that each appears in its place whole or not at all. */
import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { nullIfMissing } from './folder/null-if-missing';

/** Longer than anybody writes at one file. */
const FORGOTTEN_MS = 24 * 3_600_000;
const SUFFIX = '.part';

/** For what nobody else has to do with: prompts are among what is written. */
export const PRIVATE_FOLDER = 0o700;
export const PRIVATE_FILE = 0o600;

/** Of a store that is a folder: below it, so that a file is moved out of it and never copied. */
export function stagingFolder(root: string): string {
  return path.join(root, '.incoming');
}

/**
 * @param names of the place that the file is meant for, safe as file names
 * @param tag tells those apart that write for the same place
 */
export function stagedPath(folder: string, names: readonly string[], tag: string): string {
  return path.join(folder, `${toBeginning(names)}${tag}${SUFFIX}`);
}

/** Removes what is staged for a place, also by a worker that was killed: a whole file is there now. */
export async function dropStaged(folder: string, names: readonly string[]): Promise<void> {
  const beginning = toBeginning(names);
  const leftovers = (await readdir(folder)).filter((name) => name.startsWith(beginning));
  await Promise.all(leftovers.map((name) => rm(path.join(folder, name), { force: true })));
}

/** Removes at its first call what a worker left that was killed, and that nobody has written again within a day. */
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
  // It may have been stored, or removed by another worker, since it was listed.
  const found = await stat(file).catch(nullIfMissing);
  if (found !== null && found.mtimeMs < since) await rm(file, { force: true });
}

/** A hash, for the names together may be longer than what a file system allows for one. */
function toBeginning(names: readonly string[]): string {
  return `${createHash('sha256').update(names.join('/')).digest('hex').slice(0, 32)}~`;
}
