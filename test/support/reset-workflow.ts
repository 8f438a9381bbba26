import type { Client } from '@temporalio/client';

/** Resets a workflow to its first turn, so that all that it has done is done again. Returns the new run id. */
export async function resetWorkflow(
  { workflow, workflowService, options }: Client,
  workflowId: string,
): Promise<string> {
  const { events } = await workflow.getHandle(workflowId).fetchHistory();
  const turn = events?.find(({ workflowTaskCompletedEventAttributes: done }) => done != null);
  const { runId } = await workflow.getHandle(workflowId).describe();
  const answer = await workflowService.resetWorkflowExecution({
    namespace: options.namespace,
    workflowExecution: { workflowId, runId },
    workflowTaskFinishEventId: turn?.eventId ?? null,
    requestId: `reset-${runId}`,
    reason: 'a test',
  });
  return answer.runId;
}
