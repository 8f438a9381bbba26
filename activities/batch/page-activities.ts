/** Store access for the pages of a batch. */
import { activityInfo, Context } from '@temporalio/activity';
import { findErrorName } from '../../workflows/domain/base/errors';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type {
  LoadedPage,
  LoadPageInput,
  PageItem,
  PageStep,
  ReportPageInput,
} from '../../workflows/domain/batch/activity-contract';
import { BATCH_RUN_MEMO } from '../../workflows/domain/batch/batch-ids';
import { PAGE_REPORT_SIGNAL } from '../../workflows/domain/batch/tally';
import { newNotInStoreFailure } from '../../workflows/domain/item/application-failure';
import type { PartReference, RowStep, StoreReference } from '../../workflows/domain/item/item';
import { listStepReferences } from '../../workflows/domain/operations/step-reference';
import { listStoredInputs } from '../../workflows/domain/operations/stored-input';
import type { ActivityDependencies } from '../dependencies';
import type { BatchStore, ManifestRow } from '../store/batch-store';
import { NotInStore, type ResultStore } from '../store/result-store';

const DELETED =
  'the batch is being deleted from the store, so nothing more of it is sent; cancel it, or resume it if the deletion was ' +
  'refused. To run its rows after the deletion, use another id';
const OVERTAKEN =
  'a later run of the batch has begun before this one, which was started too late and sends nothing; cancel it';

/**
 * Loads the keys of a page; prompts stay in the store. From here on an item without an outcome may have been submitted.
 */
export async function loadPage(
  { store }: ActivityDependencies,
  { previousRun, store: wanted, ...page }: LoadPageInput,
): Promise<LoadedPage> {
  const { batchId, part } = page;
  if (wanted !== undefined) await refuseOtherStore(store, wanted);
  const rows = await toRows(store.batches, page);
  if (await store.batches.isOvertaken(batchId, part)) throw newNotInStoreFailure(OVERTAKEN);
  await refuseDeleted(store.batches, batchId);
  const run = pageRun();
  const has = await store.batches.beginPart(batchId, part, run, previousRun);
  // Again: a deletion that has begun meanwhile may not have seen that this page runs.
  await refuseDeleted(store.batches, batchId);
  return { items: rows.map(toPageItem), isBegunElsewhere: has !== run };
}

/** Nothing of a batch may begin while it is deleted: its results would be lost. */
async function refuseDeleted(batches: BatchStore, batchId: string): Promise<void> {
  if (await batches.isBeingDeleted(batchId)) throw newNotInStoreFailure(DELETED);
}

function toPageItem({ key, steps, keep, finished, earlier, jobId, afterFetch, ...only }: ManifestRow): PageItem {
  const named = steps?.map((step) => ({ id: step.id, ...toPageStep(step) }));
  return {
    key,
    ...toPageStep(only),
    ...withoutMissing({ steps: named, keep, finished, earlier, jobId, afterFetch }),
  };
}

function toPageStep({ operation, request }: Pick<RowStep, 'operation' | 'request'>): Omit<PageStep, 'id'> {
  const hasFiles = listStoredInputs(operation, request).length + listStepReferences(operation, request).length > 0;
  return { operation, ...(hasFiles ? { hasFiles } : {}) };
}

/**
 * Refuses a store other than the one the batch was started with: clients would look for its results in the wrong place.
 */
export async function refuseOtherStore(store: ResultStore, { identity, address }: StoreReference): Promise<void> {
  if ((await store.identity()) === identity) return;
  throw newNotInStoreFailure(
    `the worker uses the store ${store.address}, but the batch was started with ${address}; set IMAGEPIPELINE_STORE to ` +
      'the same store on both, then resume the batch',
  );
}

/** A missing part is not retried: a later attempt would not find it either. */
async function toRows(batches: BatchStore, page: PartReference): Promise<readonly ManifestRow[]> {
  try {
    return await batches.readPart(page);
  } catch (error) {
    throw error instanceof NotInStore ? newNotInStoreFailure(error.message) : error;
  }
}

/** Writes to the store first: everything the coordinator counts must be readable. */
export async function reportPage(
  { store }: ActivityDependencies,
  { batchId, part, sequence, rows, report, batchRun }: ReportPageInput,
): Promise<{ readonly isDelivered: boolean }> {
  if (rows.length > 0) await store.batches.writeOutcomes(batchId, part, sequence, rows, pageRun());
  if (!(await isBatchRun(batchId, batchRun))) return { isDelivered: false };
  // No run id: the coordinator may have continued as new.
  try {
    await Context.current().client.workflow.getHandle(batchId).signal(PAGE_REPORT_SIGNAL, report, batchRun);
    return { isDelivered: true };
  } catch (error) {
    if (findErrorName(error) === 'WorkflowNotFoundError') return { isDelivered: false };
    throw error;
  }
}

/**
 * Whether this run of the batch is still running. It may have ended, and the batch may have been started again under
 * its id.
 */
async function isBatchRun(batchId: string, run: string): Promise<boolean> {
  try {
    const { status, memo } = await Context.current().client.workflow.getHandle(batchId).describe();
    return status.name === 'RUNNING' && memo?.[BATCH_RUN_MEMO] === run;
  } catch (error) {
    if (findErrorName(error) === 'WorkflowNotFoundError') return false;
    throw error;
  }
}

/** The run id of the page that scheduled this activity. */
export function pageRun(): string {
  return activityInfo().workflowExecution?.runId ?? '';
}
