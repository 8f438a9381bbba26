/** Loads the items of a page, and returns its part if that fails. */

import { CancellationScope, isCancellation, sleep, workflowInfo } from '@temporalio/workflow';
import type { LoadedPage, LoadPageInput } from '../domain/batch/activity-contract';
import { readRefusal } from '../domain/item/application-failure';
import { type PageInput, type PageRefusal, pageRefusalSignal } from '../messages';
import { trySignal } from '../temporal/try-signal';
import { batchActivities, firstLoad } from './batch-activities';

/** How long a page that has begun waits for its store after its batch was cancelled, in ms. */
const STOPPED_PATIENCE_MS = 30_000;

/** Loads the items of a new page; `null` if it cannot start or need not any more, and its part is returned. */
export async function loadFirst(input: PageInput, stopped: Promise<void>): Promise<LoadedPage | null> {
  const { previousRun } = input;
  const loading = new CancellationScope();
  void stopped.then(() => loading.cancel());
  try {
    return await loading.run(() => firstLoad.loadPage({ ...toLoadInput(input), previousRun }));
  } catch (error) {
    await refusePart(input, isCancellation(error) ? { reason: null, isPermanent: false } : readRefusal(error));
    return null;
  }
}

/**
 * Loads the items of a page that has begun, waiting for the store as long as necessary; `null` if the batch was
 * cancelled meanwhile.
 */
export async function loadAgain(input: PageInput, stopped: Promise<void>): Promise<LoadedPage | null> {
  const previousRun = workflowInfo().continuedFromExecutionRunId ?? null;
  const loading = new CancellationScope();
  let isLoading = true;
  void stopped.then(async () => {
    if (isLoading) await sleep(STOPPED_PATIENCE_MS, { summary: 'wait for the store of a cancelled batch' });
    if (isLoading) loading.cancel();
  });
  try {
    return await loading.run(() => batchActivities.loadPage({ ...toLoadInput(input), previousRun }));
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return null;
  } finally {
    isLoading = false;
  }
}

async function refusePart(
  { batchId, batchRun, part }: PageInput,
  refusal: Pick<PageRefusal, 'reason' | 'isPermanent'>,
): Promise<void> {
  const { runId: run } = workflowInfo();
  // Ignored if the batch is gone.
  await trySignal(batchId, pageRefusalSignal, { part, run, ...refusal }, batchRun);
}

function toLoadInput({ batchId, part, rowsHash, store }: PageInput): Omit<LoadPageInput, 'previousRun'> {
  return { batchId, part, rowsHash, ...(store === undefined ? {} : { store }) };
}
