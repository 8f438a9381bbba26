/** Who polls a task queue, by what the server has seen. */
import type { Client } from '@temporalio/client';

/** `TaskQueueType`: those that our workers poll. */
const QUEUES = { workflows: 1, activities: 2 } as const;

/** What a worker polls for. */
export type Work = keyof typeof QUEUES;
export const KINDS_OF_WORK = Object.keys(QUEUES) as readonly Work[];

/** A worker that is there asks again after a minute at the latest; the server remembers for some minutes. */
const SEEN_WITHIN_MS = 75_000;

/** How many processes have polled a moment ago. */
export async function countPollers(client: Client, taskQueue: string, work: Work): Promise<number> {
  const { namespace } = client.options;
  const request = { namespace, taskQueue: { name: taskQueue }, taskQueueType: QUEUES[work] };
  const { pollers } = await client.workflowService.describeTaskQueue(request);
  const since = Date.now() - SEEN_WITHIN_MS;
  return (pollers ?? []).filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000 > since).length;
}
