/** What activities that read jobs have last told the server of themselves. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow';
import type { temporal } from '@temporalio/proto';
import type { AwaitHeartbeat } from '../../workflows/domain/item/activity-contract';

export type PendingActivity = temporal.api.workflow.v1.IPendingActivityInfo;

/** `null` for another activity, and for one that has told nothing yet. */
export async function readHeartbeat(
  client: Client,
  pending: PendingActivity | undefined,
): Promise<AwaitHeartbeat | null> {
  if (pending?.activityType?.name !== 'awaitJob') return null;
  const [details] = await decodeArrayFromPayloads(
    client.options.loadedDataConverter,
    pending.heartbeatDetails?.payloads,
  );
  return (details as AwaitHeartbeat | undefined) ?? null;
}

/** Jobs that were accepted and cannot be read now, by what their last read met: of one workflow. */
export async function countUnreadable(
  client: Client,
  { raw }: WorkflowExecutionDescription,
): Promise<Readonly<Record<string, number>>> {
  const heartbeats = await Promise.all((raw.pendingActivities ?? []).map((pending) => readHeartbeat(client, pending)));
  const counts = new Map<string, number>();
  for (const heartbeat of heartbeats) {
    const trouble = heartbeat?.trouble ?? null;
    if (trouble !== null) counts.set(trouble, (counts.get(trouble) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}
