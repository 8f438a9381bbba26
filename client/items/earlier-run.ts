/** The earlier run of an id: what it was started for, and whether another one may follow it. */
import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { mayBeCharged } from '../../workflows/domain/item/item';
import { IdTakenError } from '../errors';
import { toConnectionError } from '../temporal/connection';
import { REQUEST_MEMO } from '../temporal/request-memo';
import { describeKind, ITEM_TYPE } from '../temporal/workflow-kinds';
import { ItemHandle } from './item-handle';

/**
 * Returns the hash of the request of an image that has ended; `null` if there is no such image, or if it
 * still runs.
 *
 * @throws IdTakenError if the id belongs to another kind of workflow
 * @throws NoServerError
 */
export async function findEndedRequest(client: Client, id: string): Promise<string | null> {
  const earlier = await findEarlierRun(client, id);
  if (earlier === null) return null;
  if (earlier.type !== ITEM_TYPE) throw new IdTakenError(id, describeKind(earlier.type), 'is the id of');
  const hash = earlier.memo?.[REQUEST_MEMO];
  return earlier.status.name === 'RUNNING' || typeof hash !== 'string' ? null : hash;
}

/**
 * Returns the earlier run of an image whose submissions are abandoned when it is run again; `null` if there is none, or if a
 * submission may be charged: then its job is taken over, and nothing is sent if the job is not known.
 *
 * @param allowUnknown also abandon submissions that may be charged, at the risk of a second payment
 * @throws ItemNotFoundError if the id belongs to another kind of workflow
 * @throws NoServerError
 */
export async function findSupersededRun(client: Client, id: string, allowUnknown: boolean): Promise<string | null> {
  const earlier = await findEarlierRun(client, id);
  if (earlier === null || earlier.status.name === 'RUNNING') return null;
  const run = earlier.raw.workflowExecutionInfo?.firstRunId ?? earlier.runId;
  if (allowUnknown) return run;
  const { outcome, submissions } = await new ItemHandle(client, id).report();
  return outcome === 'unknown' || submissions.some(mayBeCharged) ? null : run;
}

/** @throws NoServerError */
export async function findEarlierRun(client: Client, id: string): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(id).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw toConnectionError(client, error);
  }
}
