/** Identifies the current run of a batch. */
import { Context } from '@temporalio/activity';
import { BATCH_RUN_MEMO } from '../../workflows/domain/batch/batch-ids';
import { findErrorName } from '../running/name-of-error';

/**
 * Whether this run of the batch is still running. It may have ended, and the batch may have been started again under
 * its id.
 */
export async function isBatchRun(batchId: string, run: string): Promise<boolean> {
  try {
    const { status, memo } = await Context.current().client.workflow.getHandle(batchId).describe();
    return status.name === 'RUNNING' && memo?.[BATCH_RUN_MEMO] === run;
  } catch (error) {
    if (findErrorName(error) === 'WorkflowNotFoundError') return false;
    throw error;
  }
}
