/** What the workflows of a batch leave in the server. */
import type { Client } from '@temporalio/client';

export interface Histories {
  readonly events: number;
  /** In events. */
  readonly longestPage: number;
  /** In events. */
  readonly longestBatch: number;
  readonly largestBytes: number;
}

/** Every run counts: those that continued as new, too. */
export async function fetchHistories(client: Client, id: string): Promise<Histories> {
  const query = `WorkflowId = '${id}' OR WorkflowId STARTS_WITH '${id}/'`;
  let [events, longestPage, longestBatch, largestBytes] = [0, 0, 0, 0];
  for await (const { workflowId, historyLength, historySize = 0 } of client.workflow.list({ query })) {
    events += historyLength;
    largestBytes = Math.max(largestBytes, historySize);
    if (workflowId === id) longestBatch = Math.max(longestBatch, historyLength);
    else longestPage = Math.max(longestPage, historyLength);
  }
  return { events, longestPage, longestBatch, largestBytes };
}
