/** Results that account for every row, whatever ended the batch. */
import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import type { BatchStore, Manifest } from '../../activities/store';
import type { ItemReport } from '../../workflows/domain/item/item';
import { toResultRow } from '../../workflows/domain/item/result-row';
import { BatchRefusedError } from '../errors';
import { BATCH_TYPE, describeKind } from '../temporal/workflow-kinds';
import { type ItemResult, type PartResults, type ResultLine, readParts } from './batch-results';
import { isAnyPageRunning } from './earlier-pages';
import { wasBegun } from './refuse-if-forgotten';

/** Whether the batch or one of its pages runs; `not-known`: the Temporal server does not answer. */
export type BatchActivity = 'running' | 'ended' | 'not-known';

const NOTHING = { result: null, jobId: null, submissions: [] } as const;
const LOST: ItemReport = {
  ...NOTHING,
  outcome: 'unknown',
  code: 'SUBMIT_OUTCOME_UNKNOWN',
  message: 'The batch has ended without an outcome of this item; it may have been submitted.',
};
const NEVER_BEGUN: ItemReport = {
  ...NOTHING,
  outcome: 'cancelled',
  code: 'CANCELLED',
  message: 'The batch has ended before its turn; nothing was submitted.',
};

export interface SettledResult extends ItemResult {
  readonly line: ResultLine;
}

/** Of a batch of which nothing runs any more: an item without an outcome was lost, or never begun. */
export function settleItem(item: ItemResult): SettledResult {
  const { row, line, begun, submissions } = item;
  if (line !== null) return { ...item, line };
  const jobId = submissions.at(-1)?.jobId ?? null;
  const values = row.values === undefined ? {} : { values: row.values };
  return { ...item, line: { ...toResultRow(row.key, begun ? LOST : NEVER_BEGUN), jobId, submissions, ...values } };
}

/**
 * The parts of a batch in order. Items without an outcome have one once nothing of the batch runs.
 *
 * @param ask called at the first item without an outcome, and not at all where there is none
 */
export async function* readSettledParts(
  store: BatchStore,
  manifest: Manifest,
  ask: () => Promise<BatchActivity>,
): AsyncGenerator<PartResults> {
  const passed = new Set<number>();
  let activity: BatchActivity | null = null;
  for (let isRead = false; !isRead; ) {
    isRead = true;
    for await (const found of readParts(store, manifest, passed)) {
      const isOpen = found.items.some(({ line }) => line === null);
      if (isOpen && activity === null) {
        activity = await ask();
        // What was written until now may have been written after it was read.
        isRead = activity !== 'ended';
        if (!isRead) break;
      }
      passed.add(found.part);
      yield isOpen && activity === 'ended' ? { ...found, items: found.items.map(settleItem) } : found;
    }
  }
}

/**
 * A batch that was terminated goes on in its pages until these have collected their jobs.
 *
 * @throws BatchRefusedError if the id is that of something else, and the store has no outcome of a batch of this id
 * @throws ServiceError and others of the client where no server answers
 */
export async function readBatchActivity(
  client: Client,
  batches: BatchStore,
  manifest: Manifest,
): Promise<BatchActivity> {
  const newest = await findNewest(client, manifest.batchId);
  const isOther = newest !== null && newest.type !== BATCH_TYPE;
  // What a batch has left stays readable, whatever has its id now.
  if (isOther && !(await wasBegun(batches, manifest)))
    throw new BatchRefusedError(manifest.batchId, `it is the id of ${describeKind(newest.type)}, and has run no batch`);
  const state = newest === null || isOther ? null : newest.status.name;
  if (state === 'RUNNING') return 'running';
  if (state === 'COMPLETED') return 'ended';
  return (await isAnyPageRunning(client, manifest)) ? 'running' : 'ended';
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
