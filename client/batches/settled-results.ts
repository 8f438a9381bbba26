/** Results that account for every row, whatever ended the batch. */
import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import {
  type BatchStore,
  BEGINNING,
  type Manifest,
  type PartResults,
  readParts,
  type StartPlace,
  settleItem,
} from '../../activities/store';
import { isLate, isServerGone } from '../../connection/connection';
import { BatchRefusedError } from '../../connection/errors';
import { BATCH_TYPE, describeKind } from '../../connection/workflow-kinds';
import { isAnyPageRunning } from './earlier-pages';
import { wasBegun } from './refuse-if-forgotten';

/** Whether the batch or one of its pages runs; `not-known`: the Temporal server does not answer. */
export type BatchActivity = 'running' | 'ended' | 'not-known';

/**
 * Yields the parts of a batch in order. Once nothing of the batch runs, every item has an outcome.
 *
 * @param ask called at the first item without an outcome
 * @param start items before it are left out. Default: none
 */
export async function* readSettledParts(
  store: BatchStore,
  manifest: Manifest,
  ask: () => Promise<BatchActivity>,
  start: StartPlace = BEGINNING,
): AsyncGenerator<PartResults> {
  const passed = new Map(start.passed);
  let activity: BatchActivity | null = null;
  for (let isRead = false; !isRead; ) {
    isRead = true;
    for await (const read of readParts(store, manifest, activity === 'ended', passed)) {
      const found = { ...read, items: read.items.filter(({ row }) => !start.skipped.has(row.key)) };
      const isOpen = found.items.some(({ line, isStarted }) => line === null && isStarted);
      if (isOpen && activity === null) {
        activity = await ask();
        // Outcomes may have been written after this part was read.
        isRead = activity !== 'ended';
        if (!isRead) break;
      }
      passed.set(found.part, found.end);
      yield isOpen && activity === 'ended'
        ? { ...found, items: found.items.map((item) => (item.isStarted ? settleItem(item) : item)) }
        : found;
    }
  }
}

/**
 * Whether a batch runs. The pages of a terminated batch run until they have collected their jobs.
 *
 * @throws BatchRefusedError if the id belongs to something else, and the store has no outcome of a batch of this id
 * @throws ServiceError and other errors of the client if no server answers
 */
export async function readBatchActivity(
  client: Client,
  batches: BatchStore,
  manifest: Manifest,
): Promise<BatchActivity> {
  const newest = await findNewest(client, manifest.batchId);
  const isOther = newest !== null && newest.type !== BATCH_TYPE;
  // Results stay readable, whatever has the id now.
  if (isOther && !(await wasBegun(batches, manifest)))
    throw new BatchRefusedError(
      manifest.batchId,
      `it is the id of ${describeKind(newest.type)}, and no batch has run under it`,
    );
  const state = newest === null || isOther ? null : newest.status.name;
  if (state === 'RUNNING') return 'running';
  if (state === 'COMPLETED') return 'ended';
  return (await isAnyPageRunning(client, manifest)) ? 'running' : 'ended';
}

const LOOK_MS = 5_000;

/** Like `readBatchActivity`, but `not-known` if no server answers within 5 s: results are readable without one. */
export async function readActivityIfKnown(
  client: Client,
  batches: BatchStore,
  manifest: Manifest,
): Promise<BatchActivity> {
  try {
    return await client.withDeadline(Date.now() + LOOK_MS, () => readBatchActivity(client, batches, manifest));
  } catch (error) {
    if (isServerGone(error) || isLate(error)) return 'not-known';
    throw error;
  }
}

/** Finds the newest run; `null` if the server does not know it. */
async function findNewest(client: Client, id: string): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(id).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
