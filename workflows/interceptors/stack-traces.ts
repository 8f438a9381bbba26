/**
 * Saves the SDK's stack traces of promises. The SDK formats one for each promise of a workflow, for the query `__stack_trace`,
 * and looks up each of its lines in a source map: a sixth of a worker's CPU time. Errors keep their stack traces.
 */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

/** The error by which the SDK takes the stack trace of a promise has no message. */
function isOfPromise({ name, message }: Error): boolean {
  return name === 'Error' && message === '';
}

function formatStackTrace(error: Error, frames: readonly NodeJS.CallSite[]): string {
  return isOfPromise(error) ? '' : [String(error), ...frames.map((frame) => `    at ${frame}`)].join('\n');
}

// V8 prefers the function of the workflows' own realm to the SDK's. If this module is not preloaded, `Error` is frozen
// already, and the SDK's stays.
Reflect.set(Error, 'prepareStackTrace', formatStackTrace);

export const interceptors: WorkflowInterceptorsFactory = () => ({});
