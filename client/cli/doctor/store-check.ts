import { rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openStore, type StoreSettings } from '../../../activities/store';
import { type Finding, failed, ok } from './finding';

const PROBE = { folder: 'doctor', key: 'probe', extension: 'txt' };

/**
 * Keeps a small file as a result is kept, and reads it back. A folder is left as it was; a bucket keeps the one object,
 * for workers need no right to delete there.
 */
export async function checkStore(settings: StoreSettings): Promise<Finding> {
  const store = openStore(settings);
  const written = Buffer.from(`written by imagepipeline doctor at ${new Date().toISOString()}\n`);
  try {
    const staged = await store.results.stage(PROBE, 'doctor');
    await writeFile(staged, written);
    const kept = await store.results.keep({ ...PROBE, path: staged });
    const read = await store.results.read(PROBE);
    if (path.isAbsolute(kept)) await removeProbe(kept);
    if (read.equals(written)) return ok(`${store.address} can be written and read`);
    return failed(
      `${store.address} gives back something else than was written`,
      'check what IMAGEPIPELINE_STORE names',
    );
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return failed(found, 'make what IMAGEPIPELINE_STORE names writable for this user, or name another one');
  } finally {
    await store.close();
  }
}

async function removeProbe(file: string): Promise<void> {
  await rm(file, { force: true });
  await rmdir(path.dirname(file));
}
