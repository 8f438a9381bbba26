/**
 * Finds and terminates pages, and item workflows of pages, whose workflow tasks keep failing: they cannot process
 * signals.
 */
import { Context } from '@temporalio/activity';
import { findErrorName } from '../../workflows/domain/base/errors';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';

/**
 * Workflow task attempts that count as stuck: by then the task ran on another worker, or on one without the cached
 * workflow.
 */
const STUCK_ATTEMPTS = 3;
/** Maximum concurrent `describe` calls per page. */
const MAX_LOOKS = 20;

interface Look {
  readonly isStuck: boolean;
  readonly children: readonly string[];
}

export async function findStuckWorkflows({
  batchId,
  parts,
}: {
  readonly batchId: string;
  readonly parts: readonly number[];
}): Promise<readonly string[]> {
  const found = await Promise.all(parts.map((part) => findStuckIn(pageWorkflowId(batchId, part))));
  return found.flat();
}

async function findStuckIn(pageId: string): Promise<readonly string[]> {
  const { isStuck, children } = await lookAt(pageId);
  if (isStuck) return [pageId];
  const stuck: string[] = [];
  for (let first = 0; first < children.length; first += MAX_LOOKS) {
    const ids = children.slice(first, first + MAX_LOOKS);
    const looks = await Promise.all(ids.map(lookAt));
    stuck.push(...ids.filter((_, index) => looks[index]?.isStuck));
  }
  return stuck;
}

async function lookAt(workflowId: string): Promise<Look> {
  try {
    const { raw } = await Context.current().client.workflow.getHandle(workflowId).describe();
    const { pendingWorkflowTask, pendingChildren } = raw;
    return {
      isStuck: (pendingWorkflowTask?.attempt ?? 0) >= STUCK_ATTEMPTS,
      children: (pendingChildren ?? []).flatMap(({ workflowId: id }) => id ?? []),
    };
  } catch (error) {
    if (findErrorName(error) === 'WorkflowNotFoundError') return { isStuck: false, children: [] };
    throw error;
  }
}

/** Terminates the workflows. One that has already closed is fine. */
export async function endWorkflows(ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map(endWorkflow));
}

async function endWorkflow(id: string): Promise<void> {
  try {
    const workflow = Context.current().client.workflow.getHandle(id);
    await workflow.terminate('the batch was cancelled, and each workflow task of this workflow fails');
  } catch (error) {
    if (findErrorName(error) !== 'WorkflowNotFoundError') throw error;
  }
}
