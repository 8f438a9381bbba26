/** Runs more parts of a batch that has ended, and follows it. */
import type { Manifest } from '../../activities/store';
import type { Tally } from '../../workflows/domain/batch';
import type { BatchSettings } from '../../workflows/domain/batch-settings';
import { DEFAULT_DEADLINE_MS, type ImageBatchInput } from '../../workflows/messages';
import type { OpenStore } from '../store';
import type { BatchTools } from './batch-tools';
import type { CliContext } from './context';
import type { ExitCode } from './exit-codes';
import { followBatch } from './follow-batch';

/** For a batch from before its settings were kept. */
const DEFAULT_SETTINGS: BatchSettings = { items: { deadlineMs: DEFAULT_DEADLINE_MS } };

/** With what a batch was started, which holds for every later run of it. */
export function settingsOf({ settings = DEFAULT_SETTINGS }: Manifest): BatchSettings {
  return settings;
}

export interface RunAgain {
  readonly batches: OpenStore['batches'];
  readonly manifest: Manifest;
  /** What has become of the items that are not run. */
  readonly base: Tally;
  /** What holds in the place of the batch's settings. Default nothing. */
  readonly bounds?: Partial<ImageBatchInput>;
  readonly detach: boolean;
  readonly json: boolean;
}

/** Runs what is in the spool, as parts of their own. */
export async function runAgain(
  { client, spool, asked }: BatchTools,
  { batches, manifest, base, bounds = {}, detach, json }: RunAgain,
  context: CliContext,
): Promise<ExitCode> {
  const parts = await spool.addTo(batches, manifest);
  const input = { parts, firstPart: manifest.parts.length, base, ...settingsOf(manifest), ...bounds };
  const batch = await client.startBatch(manifest.batchId, input, manifest.sha256, { again: true });
  return followBatch(batch, { detach, json, asked }, context);
}
