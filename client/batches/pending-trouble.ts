/** What a workflow of a batch waits for and does not get, by what the server knows of it: no worker has to answer. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow';
import type { AccountActivities } from '../../workflows/domain/account/activity-contract';
import { getOwn } from '../../workflows/domain/base/own-value';
import type { BatchActivities } from '../../workflows/domain/batch/activity-contract';

/** What has not happened while an activity is tried again. */
const UNDONE: Readonly<Record<keyof BatchActivities | keyof AccountActivities, string>> = {
  storeRows: 'the rows cannot be written',
  loadPage: 'a page cannot read its rows',
  reportPage: 'a page cannot write outcomes',
  closeItems: 'a page cannot write outcomes',
  closeDeadPage: 'the items of a page that has ended cannot be closed',
  cancelParts: 'items cannot be recorded as cancelled',
  findDeadPages: 'pages cannot be looked after',
  findStuckWorkflows: 'pages cannot be looked after',
  endWorkflows: 'a page cannot be ended',
  joinAccount: 'the governor of the account cannot be told',
  findEndedHolders: 'holders cannot be looked after',
  requestRegistrations: 'the batches of the account cannot be asked',
};
/** The first failures of a workflow task may be those of a worker that has just ended. */
const FAILING_ATTEMPTS = 3;

/** The first trouble in a sentence; `null` where all goes well. */
export async function findTrouble(client: Client, described: WorkflowExecutionDescription): Promise<string | null> {
  const failing = findFailingTask(described);
  if (failing !== null) return failing;
  const { raw } = described;
  for (const { activityType, attempt, lastFailure } of raw.pendingActivities ?? []) {
    const undone = getOwn(UNDONE, activityType?.name ?? '');
    if (undone === undefined || !lastFailure) continue;
    const failure = await decodeOptionalFailureToOptionalError(client.options.loadedDataConverter, lastFailure);
    return `${undone}, and tries again (attempt ${attempt}): ${failure?.message}`;
  }
  return null;
}

/** A workflow that no worker can carry on, in a sentence: it answers nothing, and cannot be told anything. */
export function findFailingTask({ raw, workflowId }: WorkflowExecutionDescription): string | null {
  const attempt = raw.pendingWorkflowTask?.attempt ?? 0;
  if (attempt < FAILING_ATTEMPTS) return null;
  return `each workflow task of ${workflowId} fails, ${attempt - 1} until now; its last event in Temporal UI tells why`;
}
