import { Context } from '@temporalio/activity';
import { nameOfError } from './name-of-error';

/** Whether a workflow runs; one that nobody knows does not. */
export async function isRunning(workflowId: string): Promise<boolean> {
  try {
    const { status } = await Context.current().client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (nameOfError(error) === 'WorkflowNotFoundError') return false;
    throw error;
  }
}
