/** From a checked file to a batch that runs: the manifest goes into the store first, then the workflow is started. */
import type { BatchSettings } from '../workflows/domain/batch-settings';
import type { ImageBatchInput } from '../workflows/messages';
import type { BatchHandle } from './batch-handle';
import type { RowSpool } from './batch-manifest';
import { IdTakenError } from './errors';
import type { ImagePipelineClient } from './image-pipeline-client';
import type { Plan } from './input/plan';
import { refuseIfForgotten } from './refuse-if-forgotten';
import type { OpenStore } from './store';

/** What a caller may say of a batch beside its rows. */
export interface BatchStartSettings extends Omit<ImageBatchInput, 'parts' | 'skipped'> {}

export interface BatchStart {
  /** Of a file that may start. */
  readonly plan: Plan;
  /** Holds the rows of the plan. */
  readonly spool: RowSpool;
  readonly batches: OpenStore['batches'];
  readonly settings: BatchStartSettings;
  /** Default: a hash of the rows. */
  readonly id: string | undefined;
}

/**
 * Starts the batch, or finds the one that was started with the same id and the same rows.
 *
 * @throws IdTakenError if the id was used for other rows
 * @throws BatchRefusedError if the store has outcomes of it and Temporal has forgotten it
 * @throws InvalidRequestError with every problem of the settings
 */
export async function startBatch(
  client: ImagePipelineClient,
  { plan, spool, batches, settings, id }: BatchStart,
): Promise<BatchHandle> {
  const { contentSha256 } = plan;
  const batchId = id ?? `batch-${contentSha256.slice(0, 24)}`;
  const known = await batches.readManifest(batchId);
  if (known !== null && known.sha256 !== contentSha256) throw new IdTakenError(batchId, 'other rows');
  if (known !== null) await refuseIfForgotten(client.temporal, batches, known);
  const { parts } = known ?? (await spool.toStore(batches, batchId, contentSha256, withoutBudget(settings)));
  return client.startBatch(batchId, { ...settings, parts, skipped: plan.invalid + plan.dropped }, contentSha256);
}

/** A budget is for one run; everything else holds for redrives too. */
function withoutBudget({ budget: _budget, ...settings }: BatchStartSettings): BatchSettings {
  return settings;
}
