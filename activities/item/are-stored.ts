import type { CompletedJob, StoredResult } from '../../workflows/domain/item/item';
import { keptFileAt, type ResultPlace, type ResultReader } from '../store/result-store';
import { hasSha256 } from '../store/sha-256';

/** Whether all files of a job are where they were stored. */
export async function areStored(
  store: ResultReader,
  place: ResultPlace,
  { result, files = [] }: Pick<CompletedJob, 'result' | 'files'>,
): Promise<boolean> {
  const [, ...others] = files;
  const found = await Promise.all([
    isStored(store, place, result),
    ...others.map((file) => isStored(store, place, file)),
  ]);
  return found.every((isThere) => isThere);
}

/** Whether the complete bytes of a result are where they were stored. */
async function isStored(store: ResultReader, place: ResultPlace, result: StoredResult): Promise<boolean> {
  try {
    const bytes = await store.read(keptFileAt(place, result.file));
    return hasSha256(bytes, result.sha256);
  } catch {
    // Unreadable for any reason: the job can still be read.
    return false;
  }
}
