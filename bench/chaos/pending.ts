/** What keeps a batch from ending, as reported by the server; for diagnosis. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

const { EventType } = temporal.api.enums.v1;
type Event = temporal.api.history.v1.IHistoryEvent;

const LAST_EVENTS = 20;

/** For each workflow that has not ended one line, one per pending activity, and one with its last events. */
export async function pendingIn(client: Client, workflowIds: readonly string[]): Promise<readonly string[]> {
  const described = workflowIds.map((id) => client.workflow.getHandle(id).describe());
  const known = (await Promise.allSettled(described)).flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const running = known.filter(({ status }) => status.name === 'RUNNING');
  const lines = running.map(async (one) => [...describePending(one), await listLastEvents(client, one)]);
  return (await Promise.all(lines)).flat();
}

async function listLastEvents(client: Client, { workflowId, runId }: WorkflowExecutionDescription): Promise<string> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  return `${workflowId}: ends with ${(events ?? []).slice(-LAST_EVENTS).map(nameEvent).join(', ')}`;
}

function nameEvent(event: Event): string {
  const { workflowExecutionSignaledEventAttributes: signal, activityTaskScheduledEventAttributes: scheduled } = event;
  const type = EventType[event.eventType ?? 0]?.replace('EVENT_TYPE_', '').toLowerCase() ?? 'unknown';
  const name = signal?.signalName ?? scheduled?.activityType?.name;
  return name === undefined || name === null ? type : `${type} ${name}`;
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
