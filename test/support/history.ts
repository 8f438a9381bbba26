/** What Temporal has recorded of an image. */

import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { temporal } from '@temporalio/proto';
import type { Rig } from './rig';

type History = temporal.api.history.v1.IHistory;

/** @param runId default: the last run */
export function readHistory({ client }: Rig, id: string, runId?: string): Promise<History> {
  return client.temporal.workflow.getHandle(id, runId).fetchHistory();
}

/** The run id of the first run of a workflow that may have continued as new since. */
export async function fetchFirstRun(workflow: Pick<WorkflowHandle, 'describe'>): Promise<string> {
  const { raw, runId } = await workflow.describe();
  return raw.workflowExecutionInfo?.firstRunId ?? runId;
}

/** The whole history as text, with every payload decoded, so that nothing hides in an encoding. */
export function readable(history: History): string {
  const json = historyToJSON(history);
  return json.replace(/"data": ?"([A-Za-z0-9+/=]+)"/g, (_, data: string) =>
    Buffer.from(data, 'base64').toString('utf8'),
  );
}

/** The activities that were scheduled, in order. */
export function scheduled(history: History) {
  return (history.events ?? []).flatMap(({ activityTaskScheduledEventAttributes: attributes, userMetadata }) => {
    if (!attributes) return [];
    const { data } = userMetadata?.summary ?? {};
    return [
      {
        name: attributes.activityType?.name,
        retryPolicy: attributes.retryPolicy,
        heartbeatTimeout: attributes.heartbeatTimeout,
        startToCloseTimeout: attributes.startToCloseTimeout,
        summary: data ? (JSON.parse(Buffer.from(data).toString('utf8')) as string) : null,
      },
    ];
  });
}
