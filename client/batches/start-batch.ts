/** Starts a batch from a plan: writes the manifest to the store, then starts the workflow. */
import { getPlannedRun } from '../../activities/store';
import { BatchRefusedError } from '../../connection/errors';
import type { StoredBatch } from '../../workflows/batch/batch-child';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { toStartSettings } from '../../workflows/domain/batch/batch-options';
import type { BatchContext, StartedBatch } from './batch-context';
import { type BatchStart, type ClaimedBatch, claimBatch, countSkipped } from './claim-batch';
import { startUnstarted } from './start-unstarted';

const STARTED_WHOLE =
  'it was started with all of its rows, and not with a sample; nothing was started. Repeat the command without a sample, ' +
  'or use another id';
const STARTED_BY_SAMPLE =
  'it was started with a sample, so a workflow of yours cannot run its rows; nothing was stored. Use another id';

/**
 * Starts the batch, or finds the one that was started with the same id and the same rows. Of two processes that start the
 * same id at the same time, one claims it; the other finds that batch, or gets an error that names the differing rows.
 *
 * @throws IdTakenError if the id was used for other rows or for a single item; nothing was started or written
 * @throws BatchRefusedError if it belongs to another Temporal server, or if the store has outcomes of it that Temporal no
 *   longer knows
 * @throws OtherStoreError if the workers use another store
 * @throws InvalidRequestError with every problem of the settings
 */
export async function startBatch(client: BatchContext, start: BatchStart): Promise<StartedBatch> {
  const claimed = await claimBatch(client, start);
  const { manifest } = claimed;
  if (manifest.sampled !== undefined) return startUnstarted(client, claimed, start);
  if (start.sample !== undefined) throw new BatchRefusedError(manifest.batchId, STARTED_WHOLE);
  const { id, input, manifestHash } = toStored(claimed, start);
  return client.startPlanned(id, input, manifestHash);
}

/**
 * As `startBatch`, up to the start itself: the rows are in the store, and a workflow may run them.
 *
 * @throws IdTakenError, BatchRefusedError as `startBatch`
 */
export async function storeBatch(client: BatchContext, start: BatchStart): Promise<StoredBatch> {
  const claimed = await claimBatch(client, start);
  const { manifest } = claimed;
  if (manifest.sampled !== undefined) throw new BatchRefusedError(manifest.batchId, STARTED_BY_SAMPLE);
  return toStored(claimed, start);
}

function toStored({ manifest, reference }: ClaimedBatch, { options, plan, startAt }: BatchStart): StoredBatch {
  const { batchId, sha256 } = manifest;
  const rows = { ...getPlannedRun(manifest), store: reference, skipped: countSkipped(plan) };
  return {
    id: batchId,
    input: { ...toStartSettings(options), ...rows, ...withoutMissing({ startAt }) },
    manifestHash: sha256,
  };
}
