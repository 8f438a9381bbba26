import type { Client } from '@temporalio/client';
import type { Manifest } from '../../activities/store';
import { BatchNotFoundError, BatchRefusedError } from '../../connection/errors';
import { refuseOtherServer } from '../../connection/temporal-server';
import { BATCH_TYPE, describeKind } from '../../connection/workflow-kinds';
import { findEarlierRun } from '../items/earlier-run';
import type { BatchStatus } from './batch-status';
import { type PageWait, waitForEarlierPages } from './earlier-pages';

export interface RunAgainTerms extends PageWait {
  /** Continue even if the batch belongs to another Temporal server. Default false. */
  readonly movedServer?: boolean;
}

/** The part of a batch handle that shows whether the batch has ended. */
export interface EndingBatch {
  readonly id: string;
  status(): Promise<Pick<BatchStatus, 'state'>>;
  /** Resolves when its workflow has ended. */
  result(): Promise<unknown>;
}

/**
 * Resolves when a batch and all of its pages have ended: then it can be rerun.
 *
 * @throws BatchRefusedError if it belongs to another Temporal server, if its id belongs to a single item, if it runs,
 *   or if pages still run after the longest wait
 */
export async function ensureEnded(
  client: Client,
  batch: EndingBatch,
  manifest: Manifest,
  { movedServer, ...wait }: RunAgainTerms = {},
): Promise<void> {
  await refuseOtherServer(client, manifest, movedServer);
  await refuseOtherKind(client, manifest.batchId);
  await refuseIfRunning(batch);
  // Another process may have rerun it meanwhile.
  if (await waitForEarlierPages(client, manifest, wait)) await refuseIfRunning(batch);
}

/** @throws BatchRefusedError if its id now belongs to something else */
async function refuseOtherKind(client: Client, batchId: string): Promise<void> {
  const newest = await findEarlierRun(client, batchId);
  if (newest === null || newest.type === BATCH_TYPE) return;
  const kind = describeKind(newest.type);
  throw new BatchRefusedError(batchId, `it is the id of ${kind}; nothing was started. Start the rows with another id`);
}

/**
 * Refuses a running batch; one without a history is not running. Waits until the workflow closes: the batch reports
 * `completed` shortly before it deregisters from the governor.
 *
 * @throws BatchRefusedError
 */
export async function refuseIfRunning(batch: EndingBatch): Promise<void> {
  try {
    const { state } = await batch.status();
    if (state === 'running' || state === 'paused') {
      throw new BatchRefusedError(batch.id, `it is ${state}; redrive it when it has ended, or cancel it`);
    }
    await batch.result();
  } catch (error) {
    if (!(error instanceof BatchNotFoundError)) throw error;
  }
}
