/** Lists the batches that Temporal knows. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { toConnectionError } from '../../connection/connection';
import { InvalidRequestError } from '../../connection/errors';
import { BATCH_TYPE } from '../../connection/workflow-kinds';
import type { Unchecked } from '../../input/requests/batch-settings';
import { STATE_MEMO } from '../../workflows/messages';
import type { BatchStatus } from './batch-status';

/** As in `BatchStatus`; for a running batch, as of its last change of state. */
export type BatchStateName = BatchStatus['state'];

export const BATCH_STATES: readonly BatchStateName[] = ['running', 'paused', 'completed', 'cancelled', 'failed'];

/** An entry of the list. */
export interface ListedBatch {
  readonly id: string;
  readonly state: BatchStateName;
  /** Start of its newest run, ISO 8601. */
  readonly startedAt: string;
}

/** Options of the list. */
export interface ListBatchesOptions {
  /** Only batches in this state. Default: all. */
  readonly state?: BatchStateName;
}

const OPEN: readonly BatchStateName[] = ['running', 'paused'];

/**
 * Lists batches, newest first, each once: a redrive is another run of the same batch.
 *
 * @throws InvalidRequestError if there is no such state
 * @throws NoServerError
 */
export async function* listBatches(
  client: Client,
  { state }: Unchecked<ListBatchesOptions> = {},
): AsyncGenerator<ListedBatch> {
  if (state !== undefined && !isBatchState(state)) {
    const problem = `is ${JSON.stringify(state)}; must be one of ${BATCH_STATES.join(', ')}`;
    throw new InvalidRequestError([{ field: 'state', problem }]);
  }
  // Only the newest run of an id can be open, so open ones need no filter.
  const isOpen = state !== undefined && OPEN.includes(state);
  const query = `WorkflowType = '${BATCH_TYPE}'${isOpen ? " AND ExecutionStatus = 'Running'" : ''}`;
  for await (const run of listNewestRuns(client, query)) {
    const batch = toListedBatch(run);
    if (state === undefined || batch.state === state) yield batch;
  }
}

function isBatchState(state: unknown): state is BatchStateName {
  return BATCH_STATES.some((name) => name === state);
}

/** The runs that a query finds, only the newest of each id. */
export async function* listNewestRuns(client: Client, query: string): AsyncGenerator<WorkflowExecutionInfo> {
  const seen = new Set<string>();
  try {
    for await (const run of client.workflow.list({ query })) {
      if (seen.has(run.workflowId)) continue;
      seen.add(run.workflowId);
      yield run;
    }
  } catch (error) {
    throw toConnectionError(client, error);
  }
}

type ListedRun = Pick<WorkflowExecutionInfo, 'workflowId' | 'startTime' | 'status' | 'memo'>;

/** The state that the batch reports, unless its workflow was ended from outside. */
export function toListedBatch({ workflowId: id, startTime, status, memo }: ListedRun): ListedBatch {
  const remembered = BATCH_STATES.find((name) => name === memo?.[STATE_MEMO]);
  const isItsOwn = status.name === 'RUNNING' || status.name === 'COMPLETED';
  // A batch that has just started has not reported a state yet.
  const state = isItsOwn ? (remembered ?? 'running') : 'failed';
  return { id, state, startedAt: startTime.toISOString() };
}
