/** The single items that Temporal knows. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { ITEM_TYPE } from '../../connection/workflow-kinds';
import { listNewestRuns } from '../batches/list-batches';

/** A single item as lists show it. */
export interface ListedItem {
  readonly id: string;
  /** `succeeded`, or how its workflow ended or stands in the words of Temporal, in lower case. */
  readonly state: string;
  /** Start of its newest run, ISO 8601. */
  readonly startedAt: string;
}

/**
 * The newest item first, each once. Items of a batch are not among them: their ids have the batch's id before a slash.
 *
 * @throws NoServerError
 */
export async function* listItems(client: Client): AsyncGenerator<ListedItem> {
  const runs = listNewestRuns(client, `WorkflowType = '${ITEM_TYPE}'`);
  for await (const run of runs) {
    const item = toListedItem(run);
    if (item !== null) yield item;
  }
}

/** Returns `null` for an item of something else. */
export function toListedItem({ workflowId: id, startTime, status }: WorkflowExecutionInfo): ListedItem | null {
  const state = status.name === 'COMPLETED' ? 'succeeded' : status.name.toLowerCase();
  return id.includes('/') ? null : { id, state, startedAt: startTime.toISOString() };
}
