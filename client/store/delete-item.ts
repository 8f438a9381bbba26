/** Deletes the files of an ended single item from the store. */
import type { Client } from '@temporalio/client';
import { ItemNotFoundError, ItemRefusedError } from '../../connection/errors';
import { ITEM_TYPE } from '../../connection/workflow-kinds';
import { isSafeKey } from '../../workflows/domain/base/safe-key';
import { hasOpenSubmission, type JournalEntry, markDeleted } from '../../workflows/domain/item/journal-entry';
import type { BatchContext } from '../batches/batch-context';
import { findEarlierRun } from '../items/earlier-run';
import type { Deleted, DeleteOptions } from './delete-batch';

/**
 * Deletes the files of a single item. The record of its submissions stays, and says that they were deleted: nothing is sent
 * under its id again.
 *
 * @throws ItemNotFoundError if the store has nothing of such an item
 * @throws ItemRefusedError if it runs, or if a job of it may not have been collected
 * @throws NoServerError, StoreUnavailable
 */
export async function deleteItem(
  context: Pick<BatchContext, 'temporal' | 'openStore'>,
  id: string,
  { confirm, onRemoved }: Omit<DeleteOptions, 'movedServer'> = {},
): Promise<Deleted> {
  const { temporal } = context;
  const { contents, submissions } = context.openStore();
  let entry = isSafeKey(id) ? await submissions.read(id) : null;
  const item = isSafeKey(id) ? await contents.findItem(id) : null;
  if (entry === null && item === null) throw new ItemNotFoundError(id);
  const { files = 0, bytes = 0 } = item ?? {};
  const plan = { kind: 'item', id, items: null, files, bytes } as const;
  const alreadyDeleted = entry?.deletedAt !== undefined;
  await refuseRunning(temporal, id, entry);
  if (!alreadyDeleted) await confirm?.(plan);
  while (entry !== null && entry.deletedAt === undefined) {
    // After the record was read: what is sent later needs a version of its own, and one of the two is refused.
    await refuseRunning(temporal, id, entry);
    if (await submissions.create(markDeleted(entry, new Date().toISOString()))) break;
    entry = await submissions.read(id);
  }
  // Again: files may have been added before the record was changed.
  const now = await contents.findItem(id);
  if (now !== null) await contents.removeItem(now);
  onRemoved?.(now?.files ?? 0);
  return { ...plan, files: now?.files ?? 0, bytes: now?.bytes ?? 0, alreadyDeleted };
}

/**
 * @param entry `null`: nothing was submitted under the id, as for a job that was fetched by `rescue`
 * @throws ItemRefusedError
 */
export async function refuseRunning(client: Client, id: string, entry: JournalEntry | null): Promise<void> {
  const newest = await findEarlierRun(client, id);
  const isItem = newest?.type === ITEM_TYPE;
  if (isItem && newest.status.name === 'RUNNING')
    throw new ItemRefusedError(id, 'it is running; nothing was deleted. Delete it when it has ended, or cancel it');
  // An item of another workflow has no workflow of its own that could be asked.
  if (!isItem && entry !== null && entry.deletedAt === undefined && hasOpenSubmission(entry))
    throw new ItemRefusedError(
      id,
      'Temporal does not know it, and a job of it may not have been collected; nothing was deleted. "imagepipeline rescue" ' +
        'fetches the result of a job',
    );
}
