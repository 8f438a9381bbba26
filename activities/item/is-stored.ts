import { createHash } from 'node:crypto';
import type { StoredResult } from '../../workflows/domain/item/item';
import { keptFileAt, type ResultPlace, type ResultReader } from '../store/result-store';

/** Whether the complete bytes of a result are where they were stored. */
export async function isStored(store: ResultReader, place: ResultPlace, result: StoredResult): Promise<boolean> {
  try {
    const bytes = await store.read(keptFileAt(place, result.file));
    return createHash('sha256').update(bytes).digest('hex') === result.sha256;
  } catch {
    // Unreadable for any reason: the job can still be read.
    return false;
  }
}
