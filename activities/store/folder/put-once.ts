import { link, open, rename, rm } from 'node:fs/promises';
import { findCode } from './system-code';

/** What file systems answer that know no hard links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']);

/**
 * Gives a whole file its place, if the name is free; `false`: it is taken, by whatever name the file system holds to be
 * the same. Of several who do so at the same time exactly one does.
 */
export async function putOnce(file: string, staged: string): Promise<boolean> {
  try {
    // A hard link is made or refused at once, also on a file system that several hosts mount.
    await link(staged, file);
  } catch (error) {
    const code = findCode(error);
    if (code === 'EEXIST') return false;
    if (!NO_LINKS.has(code)) throw error;
    return reserveAndMove(file, staged);
  }
  await rm(staged, { force: true });
  return true;
}

/** Without links the name is taken by an empty file, which the whole one replaces; a crash in between leaves the empty one. */
async function reserveAndMove(file: string, staged: string): Promise<boolean> {
  try {
    await (await open(file, 'wx')).close();
  } catch (error) {
    if (findCode(error) === 'EEXIST') return false;
    throw error;
  }
  await rename(staged, file);
  return true;
}
