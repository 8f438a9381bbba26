/**
 * Hands the trace that a workflow was started in on to its activities and children, and makes no spans itself: an
 * interceptor that waits for anything changes the order of commands, and work that began before traces were switched on
 * could not go on after. Nothing here waits.
 */
import type { Headers, WorkflowInterceptorsFactory } from '@temporalio/workflow';

/** As Temporal's interceptors for OpenTelemetry name it. */
const TRACE_HEADER = '_tracer-data';

export const interceptors: WorkflowInterceptorsFactory = () => {
  let trace: Headers = {};
  const handOn = <I extends { readonly headers: Headers }, R>(input: I, next: (input: I) => R): R =>
    next({ ...input, headers: { ...trace, ...input.headers } });
  return {
    inbound: [
      {
        execute: (input, next) => {
          const header = input.headers[TRACE_HEADER];
          trace = header === undefined ? {} : { [TRACE_HEADER]: header };
          return next(input);
        },
      },
    ],
    outbound: [{ scheduleActivity: handOn, startChildWorkflowExecution: handOn, continueAsNew: handOn }],
  };
};
