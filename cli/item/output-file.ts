/** Where `generate --output` copies results to: checked before anything is paid, and never replaced without `--overwrite`. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { keptFileAt } from '../../activities/store';
import { systemCode } from '../../client/input/system-code';
import type { OpenStore } from '../../client/open-store';
import { getOwn } from '../../workflows/domain/base/own-value';
import { SINGLE_ITEMS_FOLDER, type StoredResult } from '../../workflows/domain/item/item';

/** Formats by the extensions of their files. */
const FORMATS: Readonly<Record<string, string>> = { '.webp': 'webp', '.png': 'png', '.jpg': 'jpeg', '.jpeg': 'jpeg' };
const DEFAULT_FORMAT = 'webp';

/** One file for each of `count` images: the second has `-2` before its extension. */
export function outputFiles(file: string, count: number): readonly string[] {
  const { dir, name, ext } = path.parse(file);
  return Array.from({ length: count }, (_, index) =>
    index === 0 ? file : path.join(dir, `${name}-${index + 1}${ext}`),
  );
}

/** What keeps a result from being written there; `null` if nothing does. */
export async function outputProblem(
  file: string,
  { cwd, overwrite, format = DEFAULT_FORMAT }: { cwd: string; overwrite: boolean; format: unknown },
): Promise<string | null> {
  const named = getOwn(FORMATS, path.extname(file).toLowerCase());
  if (named !== undefined && named !== format)
    return `is a .${named} file, and the image is ${format}; ${formatAdvice(named)}`;
  const place = path.resolve(cwd, file);
  const found = await stat(place).catch(() => null);
  if (found !== null && !found.isFile())
    return `is ${found.isDirectory() ? 'a folder' : 'no regular file'}; must be a file`;
  if (found !== null && !overwrite) return 'exists; name another file, or add --overwrite to replace it';
  return writeProblem(found === null ? path.dirname(place) : place, found === null);
}

function formatAdvice(format: string): string {
  return `add --output-format ${format}, or change the extension`;
}

async function writeProblem(place: string, isFolder: boolean): Promise<string | null> {
  try {
    await access(place, isFolder ? constants.W_OK | constants.X_OK : constants.W_OK);
    return isFolder && !(await stat(place)).isDirectory() ? `${place} is not a folder` : null;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return `cannot be written: there is no folder ${place}`;
    return `cannot be written (${code ?? String(error)}); check the permissions of ${place}`;
  }
}

/**
 * Writes the stored result of a single image to a file.
 *
 * @param store of this shell; where it is another one than the worker's, the address of the result is read
 * @throws what the store and the file system throw
 */
export async function copyResult(
  id: string,
  result: StoredResult,
  file: string,
  { store, overwrite }: { store: OpenStore; overwrite: boolean },
): Promise<void> {
  const bytes = await readResult(id, result, store);
  try {
    await writeFile(file, bytes, { flag: overwrite ? 'w' : 'wx' });
  } catch (error) {
    // A partial picture must not look like a complete one; a file of another process stays.
    if (systemCode(error) !== 'EEXIST') await rm(file, { force: true });
    throw error;
  }
}

async function readResult(id: string, result: StoredResult, store: OpenStore): Promise<Buffer> {
  const kept = keptFileAt({ folder: SINGLE_ITEMS_FOLDER, key: id }, result.file);
  const isResult = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex') === result.sha256;
  const stored = await store.readImage(kept).catch((error: unknown) => {
    if (path.isAbsolute(result.file)) return null;
    throw error;
  });
  if (stored !== null && isResult(stored)) return stored;
  const bytes = await readFile(result.file);
  if (isResult(bytes)) return bytes;
  throw new Error('the stored file has other bytes than the result');
}
