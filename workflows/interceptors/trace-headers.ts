/**
 * Propagates the trace that started a workflow to its activities and children. It creates no spans: an interceptor that
 * awaits anything changes the order of commands, and workflows that began before tracing was enabled could not
 * continue. Nothing here awaits.
 */
import type { Headers, WorkflowInterceptorsFactory } from '@temporalio/workflow';

/** Header name used by Temporal's OpenTelemetry interceptors. */
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
