/**
 * The SDK ends a turn of a workflow after 5 s by the clock, so that an endless loop does not hold a thread. A process that
 * is stopped in a turn and goes on later (Ctrl-Z, `docker pause`, a starved machine) is taken for one, and dies: Node cannot
 * end a script among its promises without corrupting itself (nodejs/node#38503, temporalio/sdk-typescript#939). None of our
 * workflows loops without end. The option is the SDK's own, but not in its public type.
 */
export const WORKFLOW_TASK_TIMEOUT: { readonly isolateExecutionTimeout: string } = { isolateExecutionTimeout: '24h' };
