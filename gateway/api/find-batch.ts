import { WorkflowNotFoundError } from '@temporalio/client';
import type { Manifest } from '../../activities/store';
import { findManifest } from '../../client/batches/find-manifest';
import { BatchNotFoundError, ManifestNotFoundError } from '../../client/errors';
import { isLate, isServerGone } from '../../client/temporal/connection';
import { BATCH_TYPE } from '../../client/temporal/workflow-kinds';
import type { ApiTools } from './tools';

const LOOK_MS = 5_000;

/**
 * Finds a batch in the store. For an id that only Temporal knows, the error names its kind.
 *
 * @throws ManifestNotFoundError
 * @throws BatchNotFoundError if the id belongs to something else
 */
export async function findBatch(tools: ApiTools, id: string): Promise<Manifest> {
  try {
    return await findManifest(tools.store, id);
  } catch (error) {
    if (!(error instanceof ManifestNotFoundError)) throw error;
    const type = await findType(tools, id);
    throw type === null || type === BATCH_TYPE ? error : new BatchNotFoundError(id, type);
  }
}

/** `null`: Temporal does not know the id, or does not answer. */
async function findType({ client: { temporal } }: ApiTools, id: string): Promise<string | null> {
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
