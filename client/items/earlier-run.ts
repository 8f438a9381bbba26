/** The earlier run of an id, and whether another one may follow it. */
import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { toConnectionError } from '../../connection/connection';
import { readItemEnd } from '../../connection/read-item-end';
import { type Superseded, supersede } from '../../workflows/domain/item/journal-entry';

/**
 * Returns the earlier run of an item whose submissions are abandoned when it is run again; nothing if there is none, or if a
 * submission may be charged: then its job is taken over, and nothing is sent if the job is not known.
 *
 * @param allowUnknown also abandon submissions that may be charged, at the risk of a second payment
 * @throws ItemNotFoundError if the id belongs to another kind of workflow
 * @throws NoServerError
 */
export async function findSupersededRun(client: Client, id: string, allowUnknown: boolean): Promise<Superseded> {
  const earlier = await findEarlierRun(client, id);
  if (earlier === null || earlier.status.name === 'RUNNING') return {};
  const run = earlier.raw.workflowExecutionInfo?.firstRunId ?? earlier.runId;
  const { report } = await readItemEnd(client, id);
  return supersede(run, report, allowUnknown);
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
