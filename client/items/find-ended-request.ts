import type { Client } from '@temporalio/client';
import { IdTakenError } from '../errors';
import { REQUEST_MEMO } from '../temporal/request-memo';
import { describeKind } from '../temporal/workflow-kinds';
import { findEarlierRun } from './superseded-run';

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
  if (earlier.type !== 'imagePipelineItem') throw new IdTakenError(id, describeKind(earlier.type), 'is the id of');
  const hash = earlier.memo?.[REQUEST_MEMO];
  return earlier.status.name === 'RUNNING' || typeof hash !== 'string' ? null : hash;
}
