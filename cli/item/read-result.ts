/** Reads the stored result of a single item. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { keptFileAt } from '../../activities/store';
import type { OpenStore } from '../../client/open-store';
import { SINGLE_ITEMS_FOLDER, type StoredResult } from '../../workflows/domain/item/item';

/**
 * Returns the bytes that the item was stored with.
 *
 * @param store if the worker uses another store, the result is read from its address
 * @throws errors of the store and the file system
 */
export async function readResult(
  id: string,
  result: StoredResult,
  store: Pick<OpenStore, 'readImage'>,
): Promise<Buffer> {
  const kept = keptFileAt({ folder: SINGLE_ITEMS_FOLDER, key: id }, result.file);
  const isResult = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex') === result.sha256;
  const stored = await store.readImage(kept).catch((error: unknown) => {
    if (path.isAbsolute(result.file)) return null;
    throw error;
  });
  if (stored !== null && isResult(stored)) return stored;
  const bytes = await readFile(result.file);
  if (isResult(bytes)) return bytes;
  throw new Error('the stored file differs from the result (SHA-256)');
}
