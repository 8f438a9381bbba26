import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { findErrorCode } from '../../../workflows/domain/base/errors';

/** Flushes a file to disk. */
export async function sync(file: string): Promise<void> {
  const handle = await open(file, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Error codes of systems that cannot sync folders: Windows, SMB, some FUSE file systems. */
const REFUSALS: ReadonlySet<string | null> = new Set([
  'EPERM',
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EISDIR',
  'EACCES',
  'EBADF',
]);
let isWarned = false;

/** Flushes the names in a folder to disk, if its file system supports that. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    await sync(folder);
  } catch (error) {
    const code = findErrorCode(error);
    if (!REFUSALS.has(code)) throw error;
    if (isWarned) return;
    isWarned = true;
    process.emitWarning(
      `the file system of ${folder} cannot sync folders (${code}); the newest files may be lost after a power failure`,
      { code: 'FOLDER_NOT_SYNCED' },
    );
  }
}

/** Creates a folder and its parents, and flushes the name of each to disk. */
export async function makeFolder(folder: string, mode?: number): Promise<void> {
  const first = await mkdir(folder, { recursive: true, ...(mode === undefined ? {} : { mode }) });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = path.dirname(made)) await syncFolder(path.dirname(made));
}
