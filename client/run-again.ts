/** Runs more parts of a batch that has ended. */
import type { Manifest } from '../activities/store';
import type { Tally } from '../workflows/domain/batch';
import type { BatchSettings } from '../workflows/domain/batch-settings';
import { DEFAULT_DEADLINE_MS, type ImageBatchInput } from '../workflows/messages';
import type { BatchHandle } from './batch-handle';
import type { RowSpool } from './batch-manifest';
import { BatchRefusedError } from './errors';
import type { ImagePipelineClient } from './image-pipeline-client';
import type { OpenStore } from './store';

/** For a batch from before its settings were kept. */
const DEFAULT_SETTINGS: BatchSettings = { items: { deadlineMs: DEFAULT_DEADLINE_MS } };

/** With what a batch was started, which holds for every later run of it. */
export function settingsOf({ settings = DEFAULT_SETTINGS }: Manifest): BatchSettings {
  return settings;
}

export interface RunAgain {
  /** Holds the rows that are run. */
  readonly spool: RowSpool;
  readonly batches: OpenStore['batches'];
  readonly manifest: Manifest;
  /** What has become of the items that are not run. */
  readonly base: Tally;
  /** What holds in the place of the batch's settings. Default nothing. */
  readonly bounds?: Partial<ImageBatchInput>;
}

const TOO_LATE = 'somebody else has run it again in this moment';

/**
 * Runs what is in the spool, as parts of their own. The manifest is read once more before: a selection from many items
 * takes a while, and the parts of whoever was faster must not be overwritten.
 *
 * @throws BatchRefusedError if somebody else was faster
 */
export async function runAgain(
  client: ImagePipelineClient,
  { spool, batches, manifest, base, bounds = {} }: RunAgain,
): Promise<BatchHandle> {
  const now = await batches.readManifest(manifest.batchId);
  if (now?.parts.length !== manifest.parts.length) throw new BatchRefusedError(manifest.batchId, TOO_LATE);
  const parts = await spool.addTo(batches, manifest);
  const input = { parts, firstPart: manifest.parts.length, base, ...settingsOf(manifest), ...bounds };
  const batch = await client.startBatch(manifest.batchId, input, manifest.sha256, { again: true });
  if (batch.alreadyStarted) throw new BatchRefusedError(batch.id, TOO_LATE);
  return batch;
}
