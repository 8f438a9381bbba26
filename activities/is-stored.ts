import { createHash } from 'node:crypto';
import path from 'node:path';
import type { StoredResult } from '../workflows/domain/item';
import type { ResultPlace, ResultReader } from './store/result-store';

/** Whether the bytes of a result are where it was stored, whole. */
export async function isStored(store: ResultReader, { folder }: ResultPlace, result: StoredResult): Promise<boolean> {
  const { name: key, ext } = path.parse(result.file);
  try {
    const bytes = await store.read({ folder, key, extension: ext.slice(1) });
    return createHash('sha256').update(bytes).digest('hex') === result.sha256;
  } catch {
    // Whatever keeps it from being read, the job is still there to be asked.
    return false;
  }
}
