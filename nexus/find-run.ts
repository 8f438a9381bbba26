import { WorkflowNotFoundError } from '@temporalio/client';
import { getClient } from '@temporalio/nexus';
import { BATCH_TYPE, describeKind, ITEM_TYPE } from '../connection/workflow-kinds';
import { newNotFound } from './refuse';

interface FoundRun {
  readonly kind: 'item' | 'batch';
  readonly isRunning: boolean;
}

const KINDS: ReadonlyMap<string, FoundRun['kind']> = new Map([
  [ITEM_TYPE, 'item'],
  [BATCH_TYPE, 'batch'],
]);

/**
 * Finds the item or the batch that has the id.
 *
 * @throws HandlerError `NOT_FOUND` if none has it
 */
export async function findRun(id: string): Promise<FoundRun> {
  const { type, status } = await describe(id);
  const kind = KINDS.get(type);
  if (kind === undefined) throw newNotFound(`"${id}" is the id of ${describeKind(type)}, not of an item or a batch`);
  return { kind, isRunning: status.name === 'RUNNING' };
}

async function describe(id: string) {
  try {
    return await getClient().workflow.getHandle(id).describe();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw newNotFound(`there is no item and no batch "${id}" in this namespace; check the id and the endpoint`);
  }
}
