/** Deletes the files of an ended batch from the store. */
import type { Client } from '@temporalio/client';
import type { Deletion, DeletionStep, Extent, Manifest, StoredBatch } from '../../activities/store';
import { BatchNotFoundError, BatchRefusedError, ManifestNotFoundError } from '../../connection/errors';
import { refuseOtherServer } from '../../connection/temporal-server';
import { BATCH_TYPE, ITEM_TYPE } from '../../connection/workflow-kinds';
import { isSafeKey } from '../../workflows/domain/base/safe-key';
import type { BatchContext } from '../batches/batch-context';
import { isAnyPageRunning } from '../batches/earlier-pages';
import { findEarlierRun } from '../items/earlier-run';
import type { OpenStore } from '../open-store';

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
 * @throws ManifestNotFoundError if the store has no such batch
 * @throws BatchRefusedError if it runs, belongs to another Temporal server, or another process reruns it at the same time
 * @throws NoServerError, StoreUnavailable
 */
export async function deleteBatch(
  context: Pick<BatchContext, 'temporal' | 'openStore'>,
  id: string,
  { confirm, onRemoved, movedServer = false }: DeleteOptions = {},
): Promise<Deleted> {
  const store = context.openStore();
  const manifest = isSafeKey(id) ? await store.batches.readAnyManifest(id) : null;
  if (manifest === null) return deleteUnplanned(store, id, confirm);
  const items = countRows(manifest);
  const alreadyDeleted = manifest.deletion?.step === 'deleted';
  if (!alreadyDeleted) {
    const isOver = () => refuseRunning(context.temporal, manifest, movedServer);
    await unlessRunning(store, manifest, isOver);
    const { files, bytes } = (await store.contents.measureBatch(id)).removable;
    await confirm?.({ kind: 'batch', id, items, files, bytes });
    await decide(store, manifest, isOver);
  }
  await store.batches.markDeleted(id);
  const { files, bytes } = await store.contents.removeBatch(id, onRemoved);
  return { kind: 'batch', id, items, files, bytes, alreadyDeleted };
}

/** Makes the deletion final, or throws: nothing was deleted then. */
async function decide(store: OpenStore, planned: Manifest, isOver: () => Promise<void>): Promise<void> {
  const { batches } = store;
  let known = planned;
  const add = async (step: DeletionStep): Promise<Deletion | undefined> => {
    await batches.addDeletion(known, step);
    // Another process may have been faster: with the same step, or with a redrive.
    const now = await batches.readAnyManifest(known.batchId);
    if (now === null || now.redrives.length !== known.redrives.length)
      throw new BatchRefusedError(known.batchId, TOO_LATE);
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
  throw new BatchRefusedError(planned.batchId, 'other processes begin to delete it at the same time; try again');
}

/** Withdraws a deletion that has begun if the batch runs, also one of a process that has stopped: its pages may begin then. */
async function unlessRunning({ batches }: OpenStore, known: Manifest, isOver: () => Promise<void>): Promise<void> {
  try {
    await isOver();
  } catch (error) {
    if (known.deletion?.step === 'begun') await batches.addDeletion(known, 'withdrawn');
    throw error;
  }
}

/**
 * @throws BatchRefusedError if the batch runs, or one of its pages or items, or if its own server cannot be asked
 * @throws NoServerError
 */
export async function refuseRunning(client: Client, manifest: Manifest, movedServer: boolean): Promise<void> {
  const { batchId } = manifest;
  await refuseOtherServer(client, manifest, movedServer);
  const newest = await findEarlierRun(client, batchId);
  if (newest?.type === BATCH_TYPE && newest.status.name === 'RUNNING')
    throw new BatchRefusedError(
      batchId,
      'it is running; nothing was deleted. Delete it when it has ended, or cancel it',
    );
  if (await isAnyPageRunning(client, manifest)) throw new BatchRefusedError(batchId, STILL_COLLECTED);
  if (manifest.settings.workflowPerImage === true && (await hasRunningItems(client, batchId)))
    throw new BatchRefusedError(batchId, STILL_COLLECTED);
}

const STILL_COLLECTED =
  'jobs of it are still collected, which requires a worker; nothing was deleted. Delete it when that has ended';

/** Workflows of single submissions outlive a page that was terminated. */
async function hasRunningItems(client: Client, batchId: string): Promise<boolean> {
  const query = `WorkflowId STARTS_WITH '${batchId}/' AND ExecutionStatus = 'Running'`;
  const { count } = await client.workflow.count(query);
  return count > 0;
}

/** Rows without a manifest were never run. They are removed without a trace. */
async function deleteUnplanned(store: OpenStore, id: string, confirm: DeleteOptions['confirm']): Promise<Deleted> {
  const found = isSafeKey(id) ? await store.contents.measureBatch(id) : null;
  if (found === null || found.files === 0) {
    if (isSafeKey(id) && (await store.hasItem(id))) throw new BatchNotFoundError(id, ITEM_TYPE);
    throw new ManifestNotFoundError(id, store.address);
  }
  refuseNew(found);
  const plan = { kind: 'batch', id, items: null } as const;
  await confirm?.({ ...plan, files: found.removable.files, bytes: found.removable.bytes });
  const { files, bytes } = await store.contents.removeBatch(id);
  return { ...plan, files, bytes, alreadyDeleted: false };
}

/** @throws BatchRefusedError if it may be planned at this moment */
function refuseNew({ id, changedAt }: StoredBatch): void {
  if (Date.now() - changedAt >= MAX_PLANNING_MS) return;
  const reason =
    'it was never completely planned, and its newest file is less than a day old, so it may be planned now';
  throw new BatchRefusedError(id, `${reason}; nothing was deleted. Try again a day later`);
}

function countRows({ parts, redrives, additions }: Manifest): number {
  return parts.reduce((sum, size, part) => {
    const run = redrives.filter((first) => first <= part).at(-1);
    return run === undefined || additions.includes(run) ? sum + size : sum;
  }, 0);
}
