/** What keeps a batch from ending, as reported by the server; for diagnosis. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';

/** One line per workflow that has not ended, and per pending activity. */
export async function pendingIn(client: Client, workflowIds: readonly string[]): Promise<readonly string[]> {
  const described = workflowIds.map((id) => client.workflow.getHandle(id).describe());
  const known = (await Promise.allSettled(described)).flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  return known.filter(({ status }) => status.name === 'RUNNING').flatMap(describePending);
}

function describePending({ workflowId, historyLength, raw }: WorkflowExecutionDescription): readonly string[] {
  const { pendingActivities, pendingWorkflowTask: task } = raw;
  const turn = task ? `its workflow task waits, attempt ${task.attempt}` : 'no workflow task waits';
  const activities = (pendingActivities ?? []).map(
    ({ activityType, attempt, lastWorkerIdentity, lastFailure }) =>
      `${workflowId}: ${activityType?.name}, attempt ${attempt}, by ${lastWorkerIdentity || 'no worker'}` +
      (lastFailure?.message ? `, after: ${lastFailure.message}` : ''),
  );
  return [`${workflowId}: ${historyLength} events, ${turn}`, ...activities];
}
