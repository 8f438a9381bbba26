import type { Client } from '@temporalio/client';
import { IdTakenError } from '../errors';
import { describeKind } from '../temporal/workflow-kinds';
import { findEarlierRun } from './superseded-run';

/** The memo with the hash of what a workflow was started for. */
export const REQUEST_MEMO = 'requestHash';

/** Whether a workflow was started for another request; one without a hash is not ours to judge. */
export function isOtherRequest(memo: Readonly<Record<string, unknown>> | undefined, requestHash: string): boolean {
  const first = memo?.[REQUEST_MEMO];
  return first !== undefined && first !== requestHash;
}

/**
 * The hash of the request that an image which has ended was started for; `null` if there is no such image, or if it
 * still runs.
 *
 * @throws IdTakenError if the id is that of another kind of workflow
 * @throws NoServerError
 */
export async function findEndedRequest(client: Client, id: string): Promise<string | null> {
  const earlier = await findEarlierRun(client, id);
  if (earlier === null) return null;
  if (earlier.type !== 'imagePipelineItem') throw new IdTakenError(id, describeKind(earlier.type), 'is the id of');
  const hash = earlier.memo?.[REQUEST_MEMO];
  return earlier.status.name === 'RUNNING' || typeof hash !== 'string' ? null : hash;
}
