import { type BatchStore, toPart } from '../../activities/store';
import { isSafeKey } from '../../workflows/domain/base/safe-key';

/** What is wrong with rows for items of several steps. */
export const NEEDS_RECIPE =
  'are for items of several steps, whose rows are variables of their recipe; pass the recipe too (--recipe)';

/** Whether the batch was started with items of several steps. @throws StoreUnavailable */
export async function hasSeveralSteps(batches: BatchStore, batchId: string): Promise<boolean> {
  const manifest = isSafeKey(batchId) ? await batches.readManifest(batchId) : null;
  if (manifest === null || manifest.parts.length === 0) return false;
  return (await batches.readPart(toPart(manifest, 0))).some(({ steps }) => steps !== undefined);
}
