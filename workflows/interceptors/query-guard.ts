/**
 * Refuses what a question brings along. A worker that does not know a workflow is given its whole history with a question,
 * and with it what has come in since the last turn; the SDK has it acted on at once, before its own turn. What is sent then
 * is lost, and from there on the history does not follow from its events: no later worker could carry it on. Refused, the
 * question fails, and the worker forgets the workflow until its next turn (seen with SDK 1.24 and server 1.32).
 *
 * Such a turn is known by its time: that of the turn before it, to the nanosecond, though there are more events.
 */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { PREMATURE_QUERY } from '../messages';

interface WorkflowTask {
  /** When the server began it, in seconds and nanoseconds. */
  readonly at: string;
  /** Length of the history when it began. */
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

/** A clock of whole milliseconds, as that of Temporal's test server, gives the same time to turns that are apart. */
function isFine(nanos: number | null | undefined): nanos is number {
  return nanos != null && nanos % 1_000_000 !== 0;
}
