/** Reads a file of this machine. */
import { open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeSize } from '../../workflows/domain/operations/stored-input';
import { describeReadError } from '../read-error';
import { visibleText } from '../requests/visible-text';
import { findTraits, HEADER_BYTES, type PhotoTrait } from './photo-traits';

/** A file that was read, or why it cannot be, and what its headers say nevertheless. */
export type ReadFile =
  | { readonly name: string; readonly bytes: Buffer }
  | { readonly problem: string; readonly traits?: readonly PhotoTrait[] };

/**
 * @param given the name in messages
 * @param limit of larger files only the headers are read, in bytes
 */
export async function readLocalFile(place: string, given: string, limit: number): Promise<ReadFile> {
  const found = await tryRead(place, limit);
  if (Buffer.isBuffer(found)) return { name: path.basename(place), bytes: found };
  return { ...found, problem: `is ${visibleText(given)}, which ${found.problem}` };
}

/** Returns the bytes, or why there are none. */
async function tryRead(place: string, limit: number): Promise<Buffer | Extract<ReadFile, { problem: string }>> {
  try {
    const found = await stat(place);
    if (!found.isFile()) return { problem: found.isDirectory() ? 'is a folder' : 'is not a file' };
    if (found.size <= limit) return await readFile(place);
    return { problem: describeSize(found.size, limit), traits: findTraits(await readBeginning(place), found.size) };
  } catch (error) {
    const problem = describeReadError(error);
    if (problem === null) throw error;
    return { problem };
  }
}

async function readBeginning(place: string): Promise<Buffer> {
  const file = await open(place, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The path of a `file:` address; `null` if it is on another machine. */
export function toLocalPath(url: string): string | null {
  try {
    return fileURLToPath(url);
  } catch {
    return null;
  }
}
