/** The files of `generate --output`: checked before anything is paid, and never replaced without `--overwrite`. */
import { constants } from 'node:fs';
import { access, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { OpenStore } from '../../client/open-store';
import { findErrorCode } from '../../workflows/domain/base/errors';
import { getOwn } from '../../workflows/domain/base/own-value';
import type { StoredResult } from '../../workflows/domain/item/item';
import { readResult } from './read-result';

/** Output formats by file extension. */
const FORMATS: Readonly<Record<string, string>> = {
  ...{ '.webp': 'webp', '.png': 'png', '.jpg': 'jpeg', '.jpeg': 'jpeg' },
  ...{ '.mp4': 'mp4', '.wav': 'wav', '.glb': 'glb' },
};

/** The file of each of `count` results: the second has `-2` before its extension. */
export function outputFiles(file: string, count: number): readonly string[] {
  const { dir, name, ext } = path.parse(file);
  return Array.from({ length: count }, (_, index) =>
    index === 0 ? file : path.join(dir, `${name}-${index + 1}${ext}`),
  );
}

interface OutputTerms {
  readonly cwd: string;
  readonly overwrite: boolean;
  /** The format of the result. */
  readonly format: unknown;
  /** Formats that the operation can be asked for. */
  readonly formats: readonly string[];
  /** Whether a recipe has the fields, and not flags. */
  readonly isOfRecipe: boolean;
}

/** Why a result cannot be written to `file`; `null` if it can. */
export async function outputProblem(
  file: string,
  { cwd, overwrite, format, formats, isOfRecipe }: OutputTerms,
): Promise<string | null> {
  const named = getOwn(FORMATS, path.extname(file).toLowerCase());
  if (named !== undefined && named !== format)
    return `is a .${named} file, but the result is ${format}; ${formatAdvice(named, formats, isOfRecipe)}`;
  const place = path.resolve(cwd, file);
  const found = await stat(place).catch(() => null);
  if (found !== null && !found.isFile())
    return `is ${found.isDirectory() ? 'a folder' : 'not a regular file'}; must be a file`;
  if (found !== null && !overwrite) return 'exists; use another file, or add --overwrite to replace it';
  return writeProblem(found === null ? path.dirname(place) : place, found === null);
}

function formatAdvice(named: string, formats: readonly string[], isOfRecipe: boolean): string {
  if (!formats.includes(named)) return 'change the extension';
  const way = isOfRecipe ? `add output_format: ${named} to its last step` : `add --output-format ${named}`;
  return `${way}, or change the extension`;
}

async function writeProblem(place: string, isFolder: boolean): Promise<string | null> {
  try {
    await access(place, isFolder ? constants.W_OK | constants.X_OK : constants.W_OK);
    return isFolder && !(await stat(place)).isDirectory() ? `${place} is not a folder` : null;
  } catch (error) {
    const code = findErrorCode(error);
    if (code === 'ENOENT') return `cannot be written: folder ${place} does not exist`;
    return `cannot be written (${code ?? String(error)}); check the permissions of ${place}`;
  }
}

/**
 * Writes the stored result of an item to a file.
 *
 * @param store this shell's store; if the worker uses another one, the result is read from its address
 * @throws errors of the store and the file system
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
    // Remove a partial file, which could pass for a complete one; keep a file of another process.
    if (findErrorCode(error) !== 'EEXIST') await rm(file, { force: true });
    throw error;
  }
}
