/**
 * How long a workflow's answer to a question is waited for, in ms. Temporal leaves a question for 10 s to the worker that
 * had the workflow last, and which may be dead, before it asks another one.
 */
export const ANSWER_MS = 12_000;
