/**
 * The SDK aborts a workflow task after 5 s of wall-clock time, to stop endless loops. A process that is paused during a
 * workflow task and continues later (Ctrl-Z, `docker pause`, a starved machine) looks the same and dies: Node cannot
 * abort a script among its promises without corrupting itself (nodejs/node#38503, temporalio/sdk-typescript#939). Our
 * workflows contain no endless loops. The option belongs to the SDK, but not to its public type.
 */
export const WORKFLOW_TASK_TIMEOUT: { readonly isolateExecutionTimeout: string } = { isolateExecutionTimeout: '24h' };
