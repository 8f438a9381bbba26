/** What Temporal knows of the work whose files are deleted. */
import type { Client } from '@temporalio/client';
import type { CleanedStore, KnownWork } from '../../activities/store';
import {
  BatchNotFoundError,
  BatchRefusedError,
  ItemNotFoundError,
  ItemRefusedError,
  ManifestNotFoundError,
} from '../../connection/errors';
import { refuseOtherServer } from '../../connection/temporal-server';
import { BATCH_TYPE, ITEM_TYPE } from '../../connection/workflow-kinds';
import { isSafeKey } from '../../workflows/domain/base/safe-key';
import { hasOpenSubmission } from '../../workflows/domain/item/journal-entry';
import type { BatchContext } from '../batches/batch-context';
import { isAnyPageRunning } from '../batches/earlier-pages';
import { toListedBatch } from '../batches/list-batches';
import { findEarlierRun } from '../items/earlier-run';
import type { OpenStore } from '../open-store';

const RUNS = 'it is running; nothing was deleted. Delete it when it has ended, or cancel it';
const STILL_COLLECTED =
  'jobs of it are still collected, which requires a worker; nothing was deleted. Delete it when that has ended';
const MAYBE_OPEN =
  'Temporal does not know it, and a job of it may not have been collected; nothing was deleted. "imagepipeline rescue" ' +
  'fetches the result of a job';

/** The store of a client, with what Temporal knows. Its calls also throw a `NoServerError`. */
export function toCleanedStore(context: Pick<BatchContext, 'temporal' | 'openStore'>): CleanedStore {
  const { address, batches, contents, submissions, thumbnails, hasItem } = context.openStore();
  const work = toKnownWork(context.temporal, { address, hasItem });
  return { address, batches, contents, submissions, thumbnails, work };
}

function toKnownWork(client: Client, { address, hasItem }: Pick<OpenStore, 'address' | 'hasItem'>): KnownWork {
  return {
    readState: async (batchId) => {
      const newest = await findEarlierRun(client, batchId);
      return newest?.type === BATCH_TYPE ? toListedBatch(newest).state : null;
    },
    readEnd: async (id) => (await findEarlierRun(client, id))?.closeTime?.getTime() ?? 0,
    refuseRunningBatch: async (manifest, movedServer) => {
      const { batchId, settings } = manifest;
      await refuseOtherServer(client, manifest, movedServer);
      const newest = await findEarlierRun(client, batchId);
      if (newest?.type === BATCH_TYPE && newest.status.name === 'RUNNING') throw new BatchRefusedError(batchId, RUNS);
      const hasItems = settings.workflowPerImage === true && (await hasRunningItems(client, batchId));
      if (hasItems || (await isAnyPageRunning(client, manifest))) throw new BatchRefusedError(batchId, STILL_COLLECTED);
    },
    refuseRunningItem: async (id, entry) => {
      const newest = await findEarlierRun(client, id);
      const isItem = newest?.type === ITEM_TYPE;
      if (isItem && newest.status.name === 'RUNNING') throw new ItemRefusedError(id, RUNS);
      // An item of another workflow has no workflow of its own that could be asked.
      if (!isItem && entry !== null && entry.deletedAt === undefined && hasOpenSubmission(entry))
        throw new ItemRefusedError(id, MAYBE_OPEN);
    },
    toBatchRefusal: (batchId, reason) => new BatchRefusedError(batchId, reason),
    toNotFound: async (kind, id) => {
      if (kind === 'item') return new ItemNotFoundError(id);
      const isItem = isSafeKey(id) && (await hasItem(id));
      return isItem ? new BatchNotFoundError(id, ITEM_TYPE) : new ManifestNotFoundError(id, address);
    },
    findReason: (error) =>
      error instanceof BatchRefusedError || error instanceof ItemRefusedError ? error.reason : null,
  };
}

/** Workflows of single submissions outlive a page that was terminated. */
async function hasRunningItems(client: Client, batchId: string): Promise<boolean> {
  const { count } = await client.workflow.count(`WorkflowId STARTS_WITH '${batchId}/' AND ExecutionStatus = 'Running'`);
  return count > 0;
}
