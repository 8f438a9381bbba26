import { mkdir, mkdtemp, readdir, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findErrorCode, nullIfMissing } from '../../../workflows/domain/base/errors';
import { getOwn } from '../../../workflows/domain/base/own-value';
import { DamagedFileError } from '../damaged-file-error';
import { hasSha256 } from '../sha-256';
import { computeDigest } from '../staging';
import { putOnce } from './put-once';
import { sync, syncFolder } from './sync';

/** By the code of the system error; each follows the path of the folder. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'cannot be written: grant this user write access, or choose another folder',
  EPERM: 'cannot be written: grant this user write access, or choose another folder',
  EROFS: 'cannot be written: its file system is read-only; choose another folder',
  ENOSPC: 'is on a full disk: free space, or choose another folder',
  EDQUOT: 'is beyond the quota of this user: free space, or choose another folder',
  EFBIG: 'cannot take a file of this size: raise the limit (ulimit -f), or choose another folder',
  ENOTDIR: 'is not a folder, or is below a file; choose another folder',
  EEXIST: 'is not a folder; choose another folder',
};

/** Nothing more can be written to the folder. Files that were copied before are complete. */
export class OutputFolderError extends Error {
  override readonly name = 'OutputFolderError';
}

/** A file to copy. */
export interface CopiedFile {
  /** Name in the folder, without a path. */
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** `present`: the folder has the same bytes under this name. `differs`: it has something else, which is kept. */
type CopyOutcome = 'copied' | 'present' | 'differs';

const TEMPORARY = '.imagepipeline-';
/** Age after which a temporary folder is a leftover of a killed process, in ms. */
const LEFTOVER_MS = 24 * 3_600_000;
const PROBE = 'written by imagepipeline to check that this folder is writable';

/**
 * A folder outside the store that receives copies of results. A file appears complete or not at all, and is never
 * replaced.
 */
export class OutputFolder {
  private constructor(
    readonly folder: string,
    private readonly temporary: string,
    /** Whether the folder did not exist before. */
    private readonly isNew: boolean,
  ) {}

  /**
   * Creates the folder if it does not exist, and writes a small file to it.
   *
   * @throws OutputFolderError with the reason
   */
  static async open(given: string): Promise<OutputFolder> {
    const folder = path.resolve(given);
    return attempt(folder, async () => {
      const isNew = await makeFolders(folder);
      await dropLeftovers(folder);
      // Below the folder, so that files are moved and never copied.
      const opened = new OutputFolder(folder, await mkdtemp(path.join(folder, TEMPORARY)), isNew);
      try {
        await writeFile(path.join(opened.temporary, 'probe'), PROBE);
      } catch (error) {
        await opened.close();
        throw error;
      }
      return opened;
    });
  }

  /**
   * Copies a file, unless its name is taken.
   *
   * @param read returns the bytes, which must be those of `file`
   * @throws OutputFolderError, and errors of `read`
   */
  async put(file: CopiedFile, read: () => Promise<Uint8Array>): Promise<CopyOutcome> {
    if (file.name !== path.basename(file.name) || file.name.startsWith('.'))
      throw new Error(`${JSON.stringify(file.name)} is not the name of a file in the folder`);
    const target = path.join(this.folder, file.name);
    const there = await attempt(this.folder, () => compare(target, file));
    if (there !== null) return there;
    const bytes = await read();
    if (!hasSha256(bytes, file.sha256))
      throw new DamagedFileError('differs from the recorded result (SHA-256); it was not copied');
    return attempt(this.folder, async () => {
      const temporary = path.join(this.temporary, file.name);
      await writeFile(temporary, bytes);
      await sync(temporary);
      // Another process may have created the file meanwhile.
      return (await putOnce(target, temporary)) ? 'copied' : ((await compare(target, file)) ?? 'differs');
    });
  }

  /** Removes temporary files, and the folder if it is new and empty. */
  async close(): Promise<void> {
    await rm(this.temporary, { recursive: true, force: true });
    await attempt(this.folder, () => syncFolder(this.folder));
    if (this.isNew) await rmdir(this.folder).catch(ignoreFull);
  }
}

/** @returns `null` if the name is free */
async function compare(target: string, { bytes, sha256 }: CopiedFile): Promise<'present' | 'differs' | null> {
  const found = await stat(target).catch(nullIfMissing);
  if (found === null) return null;
  if (!found.isFile() || found.size !== bytes) return 'differs';
  return (await computeDigest(target)).toString('hex') === sha256 ? 'present' : 'differs';
}

/**
 * Node's own `recursive` does not end in a folder that refuses names as if it did not exist, such as `/proc`.
 *
 * @returns whether the folder did not exist
 */
async function makeFolders(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
  } catch (error) {
    const code = findErrorCode(error);
    if (code === 'EEXIST') return false;
    if (code !== 'ENOENT' || path.dirname(folder) === folder) throw error;
    await makeFolders(path.dirname(folder));
    await mkdir(folder);
  }
  return true;
}

async function dropLeftovers(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(TEMPORARY));
  for (const name of names) {
    const found = await stat(path.join(folder, name)).catch(nullIfMissing);
    if (found !== null && found.mtimeMs < Date.now() - LEFTOVER_MS)
      await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

function ignoreFull(error: unknown): void {
  if (findErrorCode(error) !== 'ENOTEMPTY' && findErrorCode(error) !== 'EEXIST') throw error;
}

async function attempt<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = findErrorCode(error);
    if (code === null) throw error;
    const problem = getOwn(PROBLEMS, code) ?? 'cannot be written; check it, or choose another folder';
    throw new OutputFolderError(`the folder ${folder} ${problem} (${code})`, { cause: error });
  }
}
