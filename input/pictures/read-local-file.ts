/** Reads a file of this machine. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAX_INPUT_BYTES } from '../../workflows/domain/operations/stored-input';
import { describeReadError } from '../read-error';

/** A file that was read, or why it cannot be. */
export type ReadFile = { readonly name: string; readonly bytes: Buffer } | { readonly problem: string };

/** @param given the name in messages */
export async function readLocalFile(place: string, given: string): Promise<ReadFile> {
  const found = await tryRead(place);
  return typeof found === 'string'
    ? { problem: `is ${JSON.stringify(given)}, which ${found}` }
    : { name: path.basename(place), bytes: found };
}

/** Returns the bytes, or why there are none. */
async function tryRead(place: string): Promise<Buffer | string> {
  try {
    const found = await stat(place);
    if (!found.isFile()) return found.isDirectory() ? 'is a folder' : 'is not a file';
    return found.size > MAX_INPUT_BYTES ? describeSize(found.size) : await readFile(place);
  } catch (error) {
    const problem = describeReadError(error);
    if (problem === null) throw error;
    return problem;
  }
}

export function describeSize(bytes: number): string {
  return `has ${(bytes / 1024 / 1024).toFixed(1)} MB; must have at most ${MAX_INPUT_BYTES / 1024 / 1024} MB`;
}

/** The path of a `file:` address; `null` if it is on another machine. */
export function toLocalPath(url: string): string | null {
  try {
    return fileURLToPath(url);
  } catch {
    return null;
  }
}
