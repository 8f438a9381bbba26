import { makeContinueAsNewFunc, type Workflow, workflowInfo } from '@temporalio/workflow';

/**
 * Continues as new, with all that the memo says now. Without it the next run would begin with the memo of the start: what
 * was added since then would be missing until its first workflow task, for a page that asks which run of a batch is there.
 */
export function continueWithMemo<F extends Workflow>(...args: Parameters<F>): Promise<never> {
  const { memo } = workflowInfo();
  return makeContinueAsNewFunc<F>(memo === undefined ? {} : { memo })(...args);
}
