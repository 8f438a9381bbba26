/** Pages that can be told nothing, since each of their workflow tasks fails. */
import { Context } from '@temporalio/activity';
import type { PageReference } from '../workflows/domain/activity-contract';
import { pageWorkflowId } from '../workflows/domain/batch-ids';
import { nameOfError } from './name-of-error';

/** A task that has failed so often was given to more than one worker, or to one that has forgotten the workflow. */
const STUCK_ATTEMPTS = 3;

export async function findStuckPages({
  batchId,
  parts,
}: {
  readonly batchId: string;
  readonly parts: readonly number[];
}): Promise<readonly number[]> {
  const attempts = await Promise.all(parts.map((part) => attemptOf(pageWorkflowId(batchId, part))));
  return parts.filter((_, index) => (attempts[index] ?? 0) >= STUCK_ATTEMPTS);
}

/** Of the workflow task that is due; 0: none is. */
async function attemptOf(workflowId: string): Promise<number> {
  try {
    const { raw } = await Context.current().client.workflow.getHandle(workflowId).describe();
    return raw.pendingWorkflowTask?.attempt ?? 0;
  } catch (error) {
    if (nameOfError(error) === 'WorkflowNotFoundError') return 0;
    throw error;
  }
}

/** Ends a page from outside; one that has ended meanwhile has. */
export async function endPage({ batchId, part }: PageReference): Promise<void> {
  try {
    const page = Context.current().client.workflow.getHandle(pageWorkflowId(batchId, part));
    await page.terminate('the batch was cancelled, and each workflow task of this page fails');
  } catch (error) {
    if (nameOfError(error) !== 'WorkflowNotFoundError') throw error;
  }
}
