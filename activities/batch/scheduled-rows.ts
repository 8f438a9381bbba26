/** The rows of a schedule become those of one of its runs, which is a batch like any other from then on. */
import { activityInfo, Context } from '@temporalio/activity';
import { findErrorName } from '../../workflows/domain/base/errors';
import type { StoreScheduledRunInput } from '../../workflows/domain/batch/activity-contract';
import { newInputFailure, newNotInStoreFailure } from '../../workflows/domain/item/application-failure';
import type { PartReference } from '../../workflows/domain/item/item';
import type { ActivityDependencies } from '../dependencies';
import type { BatchStore, ManifestRow } from '../store/batch-store';
import { NotInStore } from '../store/result-store';
import { refuseOtherStore } from './page-activities';

/**
 * Repeating it writes the same files. The run has rows of its own: they outlive the schedule, and are removed with it.
 *
 * @throws ApplicationFailure `INPUT_INVALID` if the id of the run was used for something else; nothing was written
 */
export async function storeScheduledRun(
  { store }: ActivityDependencies,
  { schedule, batchId, parts, rowsHash, store: wanted, manifestHash, settings }: StoreScheduledRunInput,
): Promise<void> {
  const { batches } = store;
  if (wanted !== undefined) await refuseOtherStore(store, wanted);
  await refuseOtherWorkflow(batchId);
  const known = await batches.readManifest(batchId);
  if (known === null)
    for (const part of parts.keys())
      await batches.writePart(
        { batchId, part, rowsHash },
        await readRows(batches, { batchId: schedule, part, rowsHash }),
      );
  const manifest =
    known ??
    (await batches.createManifest({
      ...{ batchId, parts, rowsHash, sha256: manifestHash, settings },
      server: { namespace: activityInfo().namespace, clusterId: null },
      createdAt: new Date().toISOString(),
    }));
  if (manifest.sha256 !== manifestHash)
    throw newInputFailure(`the id "${batchId}" was used for other rows; nothing was started`);
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
