/** The rows of a schedule become those of one of its runs, which is a batch like any other from then on. */
import { activityInfo, Context } from '@temporalio/activity';
import { findErrorName } from '../../workflows/domain/base/errors';
import type { StoreScheduledRunInput } from '../../workflows/domain/batch/activity-contract';
import { newInputFailure, newNotInStoreFailure } from '../../workflows/domain/item/application-failure';
import type { PartReference } from '../../workflows/domain/item/item';
import type { ActivityDependencies } from '../dependencies';
import type { BatchStore, Manifest, ManifestRow } from '../store/batch-store';
import { NotInStore } from '../store/result-store';
import { BatchDeletedError } from '../store/store-unavailable';
import { refuseOtherStore } from './page-activities';

/**
 * Repeating it writes the same files. The run has rows of its own: they outlive the schedule, and are removed with it.
 *
 * @throws ApplicationFailure `INPUT_INVALID` if the id of the run was used for something else, or the run was deleted; nothing was
 *   written
 */
export async function storeScheduledRun({ store }: ActivityDependencies, input: StoreScheduledRunInput): Promise<void> {
  const { store: wanted } = input;
  if (wanted !== undefined) await refuseOtherStore(store, wanted);
  await refuseOtherWorkflow(input.batchId);
  const manifest = await findOrCreate(store.batches, input);
  if (manifest.sha256 !== input.manifestHash)
    throw newInputFailure(`the id "${input.batchId}" was used for other rows; nothing was started`);
}

/** The run of this minute may have been deleted; a later attempt would not find it either. */
async function findOrCreate(batches: BatchStore, input: StoreScheduledRunInput): Promise<Manifest> {
  try {
    return (await batches.readManifest(input.batchId)) ?? (await createRun(batches, input));
  } catch (error) {
    throw error instanceof BatchDeletedError ? newInputFailure(error.message) : error;
  }
}

async function createRun(
  batches: BatchStore,
  { schedule, batchId, parts, rowsHash, manifestHash, settings }: StoreScheduledRunInput,
): Promise<Manifest> {
  for (const part of parts.keys()) {
    const rows = await readRows(batches, { batchId: schedule, part, rowsHash });
    await batches.writePart({ batchId, part, rowsHash }, rows);
  }
  return batches.createManifest({
    ...{ batchId, parts, rowsHash, sha256: manifestHash, settings },
    server: { namespace: activityInfo().namespace, clusterId: null },
    createdAt: new Date().toISOString(),
  });
}

/** Asked before anything is written: rows of a batch that is refused would be run by a redrive. */
async function refuseOtherWorkflow(id: string): Promise<void> {
  try {
    const { type } = await Context.current().client.workflow.getHandle(id).describe();
    if (type !== 'imagePipelineBatch')
      throw newInputFailure(`the id "${id}" is that of a workflow ${type}, and not of a batch; nothing was started`);
  } catch (error) {
    if (findErrorName(error) !== 'WorkflowNotFoundError') throw error;
  }
}

/** Missing rows are not retried: a later attempt would not find them either. */
async function readRows(batches: BatchStore, part: PartReference): Promise<readonly ManifestRow[]> {
  try {
    return await batches.readScheduledPart(part);
  } catch (error) {
    throw error instanceof NotInStore ? newNotInStoreFailure(error.message) : error;
  }
}
