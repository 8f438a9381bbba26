import { WorkflowNotFoundError } from '@temporalio/client';
import type { Manifest } from '../../activities/store';
import { isLate, isServerGone } from '../../connection/connection';
import { BatchNotFoundError, ManifestNotFoundError } from '../../connection/errors';
import { BATCH_TYPE, ITEM_TYPE } from '../../connection/workflow-kinds';
import { isSafeKey } from '../../workflows/domain/base/safe-key';
import type { OpenStore } from '../open-store';
import type { BatchContext } from './batch-context';

const LOOK_MS = 5_000;

/** @throws StoreUnavailable if there is no store, ManifestNotFoundError, or BatchNotFoundError for a single item, if the store has no such batch */
export async function findManifest({ batches, address, hasItem, contents }: OpenStore, id: string): Promise<Manifest> {
  const manifest = isSafeKey(id) ? await batches.readManifest(id) : null;
  if (manifest !== null) return manifest;
  if (isSafeKey(id) && (await hasItem(id))) throw new BatchNotFoundError(id, ITEM_TYPE);
  await contents.refuseMissing();
  throw new ManifestNotFoundError(id, address);
}

/**
 * Like `findManifest`. For an id that only Temporal knows, the error names its kind.
 *
 * @throws ManifestNotFoundError
 * @throws BatchNotFoundError if the id belongs to something else
 */
export async function findBatch(client: Pick<BatchContext, 'temporal' | 'openStore'>, id: string): Promise<Manifest> {
  try {
    return await findManifest(client.openStore(), id);
  } catch (error) {
    if (!(error instanceof ManifestNotFoundError)) throw error;
    const type = await findType(client, id);
    throw type === null || type === BATCH_TYPE ? error : new BatchNotFoundError(id, type);
  }
}

/** `null`: Temporal does not know the id, or does not answer. */
async function findType({ temporal }: Pick<BatchContext, 'temporal'>, id: string): Promise<string | null> {
  try {
    const described = await temporal.withDeadline(Date.now() + LOOK_MS, () =>
      temporal.workflow.getHandle(id).describe(),
    );
    return described.type;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || isServerGone(error) || isLate(error)) return null;
    throw error;
  }
}
