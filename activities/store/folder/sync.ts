import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { findCode } from './system-code';

/** What was written to a file is on the disk when this returns. */
export async function sync(file: string): Promise<void> {
  const handle = await open(file, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What systems answer that sync no folders: Windows, SMB, some FUSE file systems. */
const REFUSALS = new Set(['EPERM', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR', 'EACCES', 'EBADF']);
let isWarned = false;

/** The names in a folder are on the disk when this returns, as far as its file system offers that. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    await sync(folder);
  } catch (error) {
    const code = findCode(error);
    if (!REFUSALS.has(code)) throw error;
    if (isWarned) return;
    isWarned = true;
    process.emitWarning(
      `the file system of ${folder} does not sync folders (${code}): files are written as everywhere, but after a power failure the newest may be missing there`,
      { code: 'FOLDER_NOT_SYNCED' },
    );
  }
}

/** A folder with all its parents; the name of each that was made is on the disk when this returns. */
export async function makeFolder(folder: string, mode?: number): Promise<void> {
  const first = await mkdir(folder, { recursive: true, ...(mode === undefined ? {} : { mode }) });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = path.dirname(made)) await syncFolder(path.dirname(made));
}
