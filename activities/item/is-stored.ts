import { createHash } from 'node:crypto';
import type { StoredResult } from '../../workflows/domain/item/item';
import { keptFileAt, type ResultPlace, type ResultReader } from '../store/result-store';

/** Whether the bytes of a result are where it was stored, whole. */
export async function isStored(store: ResultReader, place: ResultPlace, result: StoredResult): Promise<boolean> {
  try {
    const bytes = await store.read(keptFileAt(place, result.file));
    return createHash('sha256').update(bytes).digest('hex') === result.sha256;
  } catch {
    // Whatever keeps it from being read, the job is still there to be asked.
    return false;
  }
}
