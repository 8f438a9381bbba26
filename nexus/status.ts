/** The operation `status`. */
import { WorkflowFailedError } from '@temporalio/client';
import { getClient } from '@temporalio/nexus';
import { retryPrematureQuery } from '../connection/query-workflow';
import { readItemEnd } from '../connection/read-item-end';
import type { imagePipelineBatch } from '../workflows/batch/batch-workflow';
import type { BatchState } from '../workflows/domain/batch/batch-state';
import { batchStateQuery, itemProgressQuery } from '../workflows/messages';
import type { StatusInput, StatusOutput } from '../workflows/nexus-service';
import { checkInput } from './check-input';
import { findRun } from './find-run';

/** @throws HandlerError `BAD_REQUEST`, `NOT_FOUND` */
export async function readStatus(_context: unknown, input: StatusInput): Promise<StatusOutput> {
  checkInput('status', input);
  const { id } = input;
  const { kind, isRunning } = await findRun(id);
  const workflow = getClient().workflow.getHandle(id);
  if (kind === 'batch') {
    const state = isRunning ? await retryPrematureQuery(() => workflow.query(batchStateQuery)) : await findState(id);
    return { id, kind, state };
  }
  if (!isRunning) return { id, kind, progress: null, report: (await readItemEnd(getClient(), id)).report };
  return { id, kind, progress: await retryPrematureQuery(() => workflow.query(itemProgressQuery)), report: null };
}

/** The final state; `null` if an operator terminated the batch. */
async function findState(id: string): Promise<BatchState | null> {
  try {
    return await getClient().workflow.getHandle<typeof imagePipelineBatch>(id).result();
  } catch (error) {
    if (error instanceof WorkflowFailedError) return null;
    throw error;
  }
}
