import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { BatchStore, Manifest } from '../../activities/store';
import { formatCount } from '../../workflows/domain/base/format-count';
import { BatchRefusedError } from '../errors';
import { readItems } from './batch-results';

/**
 * A batch was begun, and Temporal knows nothing of it: its history was deleted after the retention, or is on another
 * server. Started again it would pay once more for what lies in the store.
 *
 * @throws BatchRefusedError
 */
export async function refuseIfForgotten(client: Client, batches: BatchStore, manifest: Manifest): Promise<void> {
  const { batchId } = manifest;
  // In this order: what is begun between the two looks is known to Temporal.
  if (!(await wasBegun(batches, manifest)) || (await isKnown(client, batchId))) return;
  throw new BatchRefusedError(batchId, await reasonFor(batches, manifest));
}

/** Whether the store has outcomes of it. */
export async function wasBegun(batches: BatchStore, { batchId, parts }: Manifest): Promise<boolean> {
  const outcomes = await batches.openOutcomes(batchId);
  for (let part = 0; part < parts.length; part += 1) if ((await outcomes(part)) !== null) return true;
  return false;
}

/** Whether a workflow of this id runs, or has run not too long ago. */
async function isKnown(client: Client, batchId: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(batchId).describe();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function reasonFor(batches: BatchStore, manifest: Manifest): Promise<string> {
  let [all, succeeded] = [0, 0];
  for await (const { line } of readItems(batches, manifest)) {
    all += 1;
    if (line?.outcome === 'succeeded') succeeded += 1;
  }
  return (
    `Temporal no longer knows it, and by the store it has run: ${succeeded} of ${formatCount(all, 'item')} succeeded. ` +
    'To start it again would pay for them again. "imagepipeline results" lists what is there, "imagepipeline redrive" ' +
    'runs what is missing, another id makes all of it anew'
  );
}
