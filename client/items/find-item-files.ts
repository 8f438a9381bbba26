/** Finds what a single item has made: as Temporal knows it, or as the store does. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { SettingsError, StoreUnavailable } from '../../activities/store';
import { isLate, isServerGone } from '../../connection/connection';
import { ItemDeletedError, ItemNotFoundError } from '../../connection/errors';
import { readItemEnd } from '../../connection/read-item-end';
import { ITEM_TYPE } from '../../connection/workflow-kinds';
import type { Outcome } from '../../workflows/domain/item/item';
import type { MadeFiles } from '../../workflows/domain/item/made-files';
import { toWholeReport, withAllFiles } from '../../workflows/domain/item/result-row';
import type { BatchContext } from '../batches/batch-context';
import { readItemStatus } from './item-status';

/** What a single item has made. */
interface FoundItem extends MadeFiles {
  /** `unknown` also if only the store knows it, without a result. */
  readonly state: 'running' | Outcome;
  readonly code: string | null;
}

/** Wraps calls to Temporal, for instance to set a deadline. */
type Within = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * The files of an item. After Temporal has deleted its history, and while Temporal does not answer, those that the store
 * knows. While it runs, those of its finished steps.
 *
 * @throws ItemNotFoundError if neither knows it, or the id belongs to something else; ItemDeletedError
 */
export async function findItemFiles(
  context: Pick<BatchContext, 'temporal' | 'openStore'>,
  id: string,
  within: Within = (work) => work(),
): Promise<FoundItem> {
  const { temporal } = context;
  const state = await readState(temporal, id, within);
  const deletedAt = state === 'running' ? null : await findDeletion(context, id);
  if (deletedAt !== null) throw new ItemDeletedError(id, deletedAt);
  if (state === 'closed') {
    const { report } = await within(() => readItemEnd(temporal, id));
    return { ...toWholeReport(report), state: report.outcome };
  }
  const store = context.openStore();
  const completed = await store.findCompleted(id);
  if (completed !== null) return { ...withAllFiles(completed), state: 'succeeded', code: null };
  if (state === 'running') {
    const { steps = [] } = await readItemStatus(temporal, id);
    return { files: [], steps, state, code: null };
  }
  if (await store.hasItem(id)) return { files: [], state: 'unknown', code: null };
  throw new ItemNotFoundError(id);
}

/** When the files of an item were deleted. `null`: they were not, or this process cannot read the store. */
export async function findDeletion(context: Pick<BatchContext, 'openStore'>, id: string): Promise<string | null> {
  try {
    return (await context.openStore().submissions.read(id))?.deletedAt ?? null;
  } catch (error) {
    // Temporal knows how the item ended, also where no store is at hand.
    if (error instanceof StoreUnavailable || error instanceof SettingsError) return null;
    throw error;
  }
}

async function readState(temporal: Client, id: string, within: Within): Promise<'running' | 'closed' | 'not-known'> {
  try {
    const { type, status } = await within(() => temporal.workflow.getHandle(id).describe());
    if (type !== ITEM_TYPE) throw new ItemNotFoundError(id, type);
    return status.name === 'RUNNING' ? 'running' : 'closed';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || isServerGone(error) || isLate(error)) return 'not-known';
    throw error;
  }
}
