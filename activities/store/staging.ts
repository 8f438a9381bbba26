/** Where files wait that are being written, so that each appears in its place whole or not at all. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/** Of a store that is a folder: below it, so that a file is moved out of it and never copied. */
export function stagingFolderOf(root: string): string {
  return path.join(root, '.incoming');
}

/**
 * @param names of the place that the file is meant for, safe as file names
 * @param tag tells those apart that write for the same place
 */
export function stagedPath(folder: string, names: readonly string[], tag: string): string {
  return path.join(folder, `${beginningOf(names)}${tag}.part`);
}

/** Removes what is staged for a place, also by a worker that was killed: a whole file is there now. */
export async function dropStaged(folder: string, names: readonly string[]): Promise<void> {
  const beginning = beginningOf(names);
  const leftovers = (await readdir(folder)).filter((name) => name.startsWith(beginning));
  await Promise.all(leftovers.map((name) => rm(path.join(folder, name), { force: true })));
}

/** `~` is in no safe name, so none begins like another. */
function beginningOf(names: readonly string[]): string {
  return `${names.join('~')}~`;
}
