import { randomUUID } from 'node:crypto';
import { chmod, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { processStarted } from './process-identity';
import { readCliVersion } from './version';

/** `temporary-<pid>-<anything>`: the pid shows whether the file is a leftover of a dead process. */
const TEMPORARY = /^temporary-(\d+)-/;

/**
 * Lets `make` write a binary next to `target` and moves it into place once it has run successfully: an incomplete or
 * unusable binary never appears under the final name. Call it while holding the folder's lock.
 */
export async function installBinary(target: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const folder = dirname(target);
  await removeLeftovers(folder);
  const temporary = join(folder, `temporary-${process.pid}-${randomUUID()}${target.endsWith('.exe') ? '.exe' : ''}`);
  try {
    await make(temporary);
    await chmod(temporary, 0o755);
    await readCliVersion(temporary);
    await flush(temporary);
    await rename(temporary, target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = TEMPORARY.exec(name)?.[1];
    if (pid === undefined || processStarted(Number(pid)) !== null) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
