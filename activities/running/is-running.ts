import { Context } from '@temporalio/activity';
import { findErrorName } from '../../workflows/domain/base/errors';

/** Whether a workflow is running. False if the server does not know it. */
export async function isRunning(workflowId: string): Promise<boolean> {
  try {
    const { status } = await Context.current().client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  } catch (error) {
    if (findErrorName(error) === 'WorkflowNotFoundError') return false;
    throw error;
  }
}
