/** Interventions of operators in workflows. Does nothing if there is no such workflow, or it is too young. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { isMissing } from './patience';

const REASON = 'chaos';

export async function terminateWorkflow(client: Client, workflowId: string): Promise<void> {
  await client.workflow.getHandle(workflowId).terminate(REASON).catch(ignoreMissing);
}

/** Resets the newest run to its start; it loses its state. */
export async function resetWorkflow(client: Client, workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  const history = await handle.fetchHistory().catch(ignoreMissing);
  const first = history?.events?.find(({ workflowTaskCompletedEventAttributes: completed }) => completed != null);
  if (first?.eventId == null) return;
  const { runId } = await handle.describe();
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId, runId },
    reason: REASON,
    workflowTaskFinishEventId: first.eventId,
    requestId: randomUUID(),
  });
}

/** Terminates all running workflows, which would otherwise run beside the next seed. */
export async function terminateAll(client: Client): Promise<void> {
  for await (const { workflowId } of client.workflow.list({ query: "ExecutionStatus = 'Running'" })) {
    await terminateWorkflow(client, workflowId);
  }
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}
