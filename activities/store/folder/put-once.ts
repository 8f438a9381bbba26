import { link, open, rename, unlink } from 'node:fs/promises';
import { findErrorCode, nullIfMissing } from '../../../workflows/domain/base/errors';

/** Error codes of file systems without hard links, or with none to another file system. */
export const NO_LINKS: ReadonlySet<string | null> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EXDEV',
]);

/**
 * Moves a complete file into place if the name is free; returns `false` if it is taken, by any name that the file
 * system treats as equal. Of concurrent callers, exactly one succeeds.
 */
export async function putOnce(file: string, staged: string): Promise<boolean> {
  try {
    // Creating a hard link is atomic, even on a file system that several hosts mount.
    await link(staged, file);
  } catch (error) {
    const code = findErrorCode(error);
    if (code === 'EEXIST') return false;
    if (!NO_LINKS.has(code)) throw error;
    return reserveAndMove(file, staged);
  }
  // Not `rm`, which looks at the file twice first.
  await unlink(staged).catch(nullIfMissing);
  return true;
}

/**
 * Without hard links an empty file reserves the name, and the complete file replaces it. A crash in between leaves the
 * empty file.
 */
async function reserveAndMove(file: string, staged: string): Promise<boolean> {
  try {
    await (await open(file, 'wx')).close();
  } catch (error) {
    if (findErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
  await rename(staged, file);
  return true;
}
