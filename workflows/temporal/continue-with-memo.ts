import { makeContinueAsNewFunc, type Workflow, workflowInfo } from '@temporalio/workflow';

/**
 * Continues as new with the current memo. Otherwise the next run would start with the initial memo and lack later
 * changes until its first workflow task; a page that checks which run of the batch exists would miss them.
 */
export function continueWithMemo<F extends Workflow>(...args: Parameters<F>): Promise<never> {
  const { memo } = workflowInfo();
  return makeContinueAsNewFunc<F>(memo === undefined ? {} : { memo })(...args);
}
