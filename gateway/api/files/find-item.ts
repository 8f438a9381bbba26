/** Finds what a single item has made: as Temporal knows it, or as the store does. */
import { WorkflowNotFoundError } from '@temporalio/client';
import { isLate, isServerGone } from '../../../connection/connection';
import { ItemNotFoundError } from '../../../connection/errors';
import { ITEM_TYPE } from '../../../connection/workflow-kinds';
import { withAllFiles } from '../../../workflows/domain/item/result-row';
import { type ApiTools, withDeadline } from '../tools';
import type { MadeFiles } from './file-links';

/**
 * The files of an item. After Temporal has deleted its history, and while Temporal does not answer, those that the store
 * knows.
 *
 * @throws ItemNotFoundError if neither knows it, or the id belongs to something else
 */
export async function findItemFiles(tools: ApiTools, id: string): Promise<MadeFiles> {
  const { client, store } = tools;
  const state = await readState(tools, id);
  if (state === 'closed') return withDeadline(tools, () => client.item(id).report());
  const completed = await store.findCompleted(id);
  if (completed !== null) return withAllFiles(completed);
  // The files of its finished steps.
  if (state === 'running') return { files: [], steps: (await client.item(id).status()).steps ?? [] };
  if (await store.hasItem(id)) return { files: [] };
  throw new ItemNotFoundError(id);
}

async function readState(tools: ApiTools, id: string): Promise<'running' | 'closed' | 'not-known'> {
  const handle = tools.client.temporal.workflow.getHandle(id);
  try {
    const { type, status } = await withDeadline(tools, () => handle.describe());
    if (type !== ITEM_TYPE) throw new ItemNotFoundError(id, type);
    return status.name === 'RUNNING' ? 'running' : 'closed';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || isServerGone(error) || isLate(error)) return 'not-known';
    throw error;
  }
}
