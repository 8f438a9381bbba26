/** Deletes the files of an ended batch from the store. */
import { isSafeKey } from '../../../workflows/domain/base/safe-key';
import type { Deletion, DeletionStep, Manifest } from '../batch-store';
import type { Extent, StoredBatch } from '../store-contents';
import type { CleanedStore } from './known-work';
import { removeThumbnailsOfBatch } from './remove-thumbnails';

/** What a deletion is about to remove. */
export interface DeletionPlan extends Omit<Extent, 'changedAt'> {
  readonly kind: 'batch' | 'item';
  readonly id: string;
  /** Number of rows of a batch; `null` for a single item, and for a batch that was never completely planned. */
  readonly items: number | null;
}

/** Options of a deletion. */
export interface DeleteOptions {
  /** Receives what will be removed. An error deletes nothing. Not called to continue a deletion that was interrupted. */
  readonly confirm?: (plan: DeletionPlan) => Promise<void>;
  /** Receives the number of files that are removed so far. */
  readonly onRemoved?: (files: number) => void;
  /** Delete a batch even if it belongs to another Temporal server, which cannot say whether it runs. Default false. */
  readonly movedServer?: boolean;
}

/** What was removed. */
export interface Deleted extends DeletionPlan {
  /** Whether an earlier deletion had been interrupted, or had removed everything. */
  readonly alreadyDeleted: boolean;
}

/** Age of the newest file of a batch without a manifest before it may be deleted, in ms: no process plans one for so long. */
const MAX_PLANNING_MS = 24 * 3_600_000;
/** Attempts against processes that begin or withdraw a deletion at the same time. */
const MAX_TRIES = 3;

const TOO_LATE = 'another process has just rerun it; nothing was deleted';

/**
 * Deletes the rows, outcomes and results of a batch. The record of it stays, so that its id is not used again.
 *
 * First all redrives are shut out, then it is checked that nothing runs, then the batch counts as deleted, and only then
 * files are removed. So an interrupted deletion never leaves what looks like a whole batch.
 *
 * @throws errors of `work` if the store has no such batch, if it runs, or if another process reruns it at the same time
 * @throws StoreUnavailable
 */
export async function deleteBatch(
  store: CleanedStore,
  id: string,
  { confirm, onRemoved, movedServer = false }: DeleteOptions = {},
): Promise<Deleted> {
  const manifest = isSafeKey(id) ? await store.batches.readAnyManifest(id) : null;
  if (manifest === null) return deleteUnplanned(store, id, confirm);
  const items = countRows(manifest);
  const alreadyDeleted = manifest.deletion?.step === 'deleted';
  if (!alreadyDeleted) {
    const isOver = () => store.work.refuseRunningBatch(manifest, movedServer);
    await unlessRunning(store, manifest, isOver);
    const { files, bytes } = (await store.contents.measureBatch(id)).removable;
    await confirm?.({ kind: 'batch', id, items, files, bytes });
    await decide(store, manifest, isOver);
  }
  await store.batches.markDeleted(id);
  // Before the outcomes, which name the files that they show.
  await removeThumbnailsOfBatch(store, id, manifest.parts.length);
  const { files, bytes } = await store.contents.removeBatch(id, onRemoved);
  return { kind: 'batch', id, items, files, bytes, alreadyDeleted };
}

/** Makes the deletion final, or throws: nothing was deleted then. */
async function decide(store: CleanedStore, planned: Manifest, isOver: () => Promise<void>): Promise<void> {
  const { batches } = store;
  let known = planned;
  const add = async (step: DeletionStep): Promise<Deletion | undefined> => {
    await batches.addDeletion(known, step);
    // Another process may have been faster: with the same step, or with a redrive.
    const now = await batches.readAnyManifest(known.batchId);
    if (now === null || now.redrives.length !== known.redrives.length)
      throw store.work.toBatchRefusal(known.batchId, TOO_LATE);
    known = now;
    return now.deletion;
  };
  for (let tried = 0; tried < MAX_TRIES; tried += 1) {
    const before = known.deletion?.step === 'begun' ? known.deletion : await add('begun');
    if (before?.step === 'deleted') return;
    if (before?.step !== 'begun') continue;
    await unlessRunning(store, known, isOver);
    if ((await add('deleted'))?.step === 'deleted') return;
  }
  throw store.work.toBatchRefusal(planned.batchId, 'other processes begin to delete it at the same time; try again');
}

/** Withdraws a deletion that has begun if the batch runs, also one of a process that has stopped: its pages may begin then. */
async function unlessRunning({ batches }: CleanedStore, known: Manifest, isOver: () => Promise<void>): Promise<void> {
  try {
    await isOver();
  } catch (error) {
    if (known.deletion?.step === 'begun') await batches.addDeletion(known, 'withdrawn');
    throw error;
  }
}

/** Rows without a manifest were never run. They are removed without a trace. */
async function deleteUnplanned(store: CleanedStore, id: string, confirm: DeleteOptions['confirm']): Promise<Deleted> {
  const found = isSafeKey(id) ? await store.contents.measureBatch(id) : null;
  if (found === null || found.files === 0) throw await store.work.toNotFound('batch', id);
  refuseNew(store, found);
  const plan = { kind: 'batch', id, items: null } as const;
  await confirm?.({ ...plan, files: found.removable.files, bytes: found.removable.bytes });
  const { files, bytes } = await store.contents.removeBatch(id);
  return { ...plan, files, bytes, alreadyDeleted: false };
}

/** Throws if it may be planned at this moment. */
function refuseNew({ work }: CleanedStore, { id, changedAt }: StoredBatch): void {
  if (Date.now() - changedAt >= MAX_PLANNING_MS) return;
  const reason =
    'it was never completely planned, and its newest file is less than a day old, so it may be planned now';
  throw work.toBatchRefusal(id, `${reason}; nothing was deleted. Try again a day later`);
}

function countRows({ parts, redrives, additions }: Manifest): number {
  return parts.reduce((sum, size, part) => {
    const run = redrives.filter((first) => first <= part).at(-1);
    return run === undefined || additions.includes(run) ? sum + size : sum;
  }, 0);
}
