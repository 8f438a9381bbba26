/**
 * Rejects messages that arrive together with a query. A worker without the cached workflow receives the whole history
 * with a query, including messages that arrived since the last workflow task. The SDK processes these immediately,
 * before their own workflow task. Commands produced then are lost, and the history no longer follows from its events,
 * so no later worker could replay it. Rejecting them fails the query, and the worker evicts the workflow until its next
 * workflow task (seen with SDK 1.24 and server 1.32).
 *
 * Such an activation has the same timestamp as the previous workflow task, to the nanosecond, although the history is
 * longer.
 */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { PREMATURE_QUERY } from '../messages';

interface WorkflowTask {
  /** Start time by the server, in seconds and nanoseconds. */
  readonly at: string;
  /** Length of the history at the start. */
  readonly events: number;
}

export const interceptors: WorkflowInterceptorsFactory = () => {
  let last: WorkflowTask | null = null;
  return {
    internals: [
      {
        activate: (input, next) => {
          const { jobs, timestamp, historyLength, isReplaying } = input.activation;
          const isQuestion = jobs?.some(({ queryWorkflow }) => queryWorkflow != null);
          if (!isQuestion && timestamp && isFine(timestamp.nanos)) {
            const task = { at: `${timestamp.seconds}.${timestamp.nanos}`, events: historyLength ?? 0 };
            if (!isReplaying && last?.at === task.at && last.events < task.events) throw new Error(PREMATURE_QUERY);
            last = task;
          }
          return next(input);
        },
      },
    ],
  };
};

/**
 * A clock with whole milliseconds, such as that of Temporal's test server, gives separate workflow tasks the same time.
 */
function isFine(nanos: number | null | undefined): nanos is number {
  return nanos != null && nanos % 1_000_000 !== 0;
}
