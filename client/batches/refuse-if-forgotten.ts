import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { type BatchStore, type Manifest, readItems } from '../../activities/store';
import { BatchRefusedError } from '../../connection/errors';
import { formatCount } from '../../workflows/domain/base/format-count';

/**
 * Refuses to start a batch that has run and that Temporal no longer knows: its history was deleted after the retention,
 * or is on another server. A new start would pay again for results that are in the store.
 *
 * @throws BatchRefusedError
 */
export async function refuseIfForgotten(client: Client, batches: BatchStore, manifest: Manifest): Promise<void> {
  const { batchId } = manifest;
  // In this order: a batch that begins between the two checks is known to Temporal.
  if (!(await wasBegun(batches, manifest)) || (await isKnown(client, batchId))) return;
  throw new BatchRefusedError(batchId, await reasonFor(batches, manifest));
}

/** Whether the store has outcomes of the batch. */
export async function wasBegun(batches: BatchStore, { batchId, parts }: Manifest): Promise<boolean> {
  const outcomes = await batches.openOutcomes(batchId);
  for (let part = 0; part < parts.length; part += 1) if ((await outcomes(part)).lines !== null) return true;
  return false;
}

/** Whether Temporal knows a workflow of this id. */
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
    `Temporal no longer knows it, but the store shows that it has run: ${succeeded} of ${formatCount(all, 'item')} succeeded. ` +
    'Starting it again would pay for them again. "imagepipeline results" lists the results, "imagepipeline redrive" ' +
    'runs the missing items; to make everything again, use another id'
  );
}
