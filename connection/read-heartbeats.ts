/** Reads the last heartbeats of activities that await jobs. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow';
import type { temporal } from '@temporalio/proto';
import type { AwaitHeartbeat } from '../workflows/domain/item/activity-contract';

export type PendingActivity = temporal.api.workflow.v1.IPendingActivityInfo;

/** Returns the last heartbeat; `null` for another activity, and before the first heartbeat. */
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

/** Counts one workflow's accepted jobs that are currently unreadable, by the error of their last read. */
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
