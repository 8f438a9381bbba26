/** Whether the store has something else under the id of a single image, before anything is started. */
import { WorkflowNotFoundError } from '@temporalio/client';
import { DEFAULT_OPERATION } from '../../../workflows/domain/operations';
import { IdTakenError } from '../../errors';
import { requestHashOf } from '../../image-id';
import type { StartImageOptions } from '../../image-pipeline-client';
import type { ApiTools } from './tools';

/**
 * An id that Temporal knows is compared there. Nothing is refused where the store cannot be read: the worker looks again
 * before anything is paid.
 *
 * @throws IdTakenError; nothing was started
 */
export async function refuseTakenId(tools: ApiTools, options: StartImageOptions): Promise<void> {
  const { id, operation = DEFAULT_OPERATION, request } = options;
  // The other ids are hashes of their requests.
  if (id === undefined) return;
  const use = await findUse(tools, id, requestHashOf(operation, request));
  if (use !== null && !(await isKnown(tools, id))) throw new IdTakenError(id, use);
}

async function findUse({ store, log }: ApiTools, id: string, requestHash: string): Promise<string | null> {
  try {
    return await store.findOtherUse(id, requestHash);
  } catch (error) {
    log(`the store could not be asked for an id: ${error instanceof Error ? error.name : 'unknown fault'}`);
    return null;
  }
}

async function isKnown({ client }: ApiTools, id: string): Promise<boolean> {
  try {
    await client.temporal.workflow.getHandle(id).describe();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
