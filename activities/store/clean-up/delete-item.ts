/** Deletes the files of an ended single item from the store. */
import { isSafeKey } from '../../../workflows/domain/base/safe-key';
import { markDeleted } from '../../../workflows/domain/item/journal-entry';
import type { Deleted, DeleteOptions } from './delete-batch';
import type { CleanedStore } from './known-work';
import { removeThumbnailsOfItem } from './remove-thumbnails';

/**
 * Deletes the files of a single item. The record of its submissions stays, and says that they were deleted: nothing is sent
 * under its id again.
 *
 * @throws errors of `work` if the store has nothing of it, if it runs, or if a job of it may not have been collected
 * @throws StoreUnavailable
 */
export async function deleteItem(
  { contents, submissions, thumbnails, work }: CleanedStore,
  id: string,
  { confirm, onRemoved }: Omit<DeleteOptions, 'movedServer'> = {},
): Promise<Deleted> {
  let entry = isSafeKey(id) ? await submissions.read(id) : null;
  const item = isSafeKey(id) ? await contents.findItem(id) : null;
  if (entry === null && item === null) throw await work.toNotFound('item', id);
  const { files = 0, bytes = 0 } = item ?? {};
  const plan = { kind: 'item', id, items: null, files, bytes } as const;
  const alreadyDeleted = entry?.deletedAt !== undefined;
  await work.refuseRunningItem(id, entry);
  if (!alreadyDeleted) await confirm?.(plan);
  while (entry !== null && entry.deletedAt === undefined) {
    // After the record was read: what is sent later needs a version of its own, and one of the two is refused.
    await work.refuseRunningItem(id, entry);
    if (await submissions.create(markDeleted(entry, new Date().toISOString()))) break;
    entry = await submissions.read(id);
  }
  await removeThumbnailsOfItem({ thumbnails }, entry);
  // Again: files may have been added before the record was changed.
  const now = await contents.findItem(id);
  if (now !== null) await contents.removeItem(now);
  onRemoved?.(now?.files ?? 0);
  return { ...plan, files: now?.files ?? 0, bytes: now?.bytes ?? 0, alreadyDeleted };
}
