/** Finds the activity failures that a batch's workflow is retrying, from the server alone: no worker must answer. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow';
import type { AccountActivities } from '../../workflows/domain/account/activity-contract';
import { getOwn } from '../../workflows/domain/base/own-value';
import type { BatchActivities } from '../../workflows/domain/batch/activity-contract';

/** The effect of a failing activity, by activity. */
const UNDONE: Readonly<Record<keyof BatchActivities | keyof AccountActivities, string>> = {
  storeRows: 'the rows cannot be written',
  loadPage: 'a page cannot read its rows',
  reportPage: 'a page cannot write outcomes',
  closeItems: 'a page cannot write outcomes',
  closeDeadPage: 'the items of an ended page cannot be closed',
  cancelParts: 'items cannot be recorded as cancelled',
  findDeadPages: 'pages cannot be checked',
  findStuckWorkflows: 'pages cannot be checked',
  endWorkflows: 'a page cannot be ended',
  joinAccount: 'the governor of the account cannot be reached',
  findEndedHolders: 'holders of permits cannot be checked',
  computeHours: 'the hours of the account cannot be computed',
  requestRegistrations: 'the batches of the account cannot be reached',
};
/** Number of failed workflow task attempts that counts as stuck: the first may come from a worker that has just ended. */
const FAILING_ATTEMPTS = 3;

/** Describes the first failure; `null` if there is none. */
export async function findTrouble(client: Client, described: WorkflowExecutionDescription): Promise<string | null> {
  const failing = findFailingTask(described);
  if (failing !== null) return failing;
  const { raw } = described;
  for (const { activityType, attempt, lastFailure } of raw.pendingActivities ?? []) {
    const undone = getOwn(UNDONE, activityType?.name ?? '');
    if (undone === undefined || !lastFailure) continue;
    const failure = await decodeOptionalFailureToOptionalError(client.options.loadedDataConverter, lastFailure);
    return `${undone}; retrying (attempt ${attempt}): ${failure?.message}`;
  }
  return null;
}

/** Describes a workflow whose tasks keep failing: it answers no queries and handles no signals. */
export function findFailingTask({ raw, workflowId }: WorkflowExecutionDescription): string | null {
  const attempt = raw.pendingWorkflowTask?.attempt ?? 0;
  if (attempt < FAILING_ATTEMPTS) return null;
  return `each workflow task of ${workflowId} fails, ${attempt - 1} so far; see its last event in Temporal UI`;
}
