/** Parts of a batch that has ended before a page began them: their items count as they ended before. */
import { addTallies, EMPTY_TALLY, type Tally, tallyNeverBegun } from '../../workflows/domain/batch/tally';
import { type BatchStore, toPart } from './batch-store';
import { SettingsError } from './settings-error';
import { StoreUnavailable } from './store-unavailable';

type Tallies = ReadonlyMap<number, Tally>;

/**
 * The tallies of these parts, by part, if the last run of the batch is a redrive. Empty for any other, whose items were
 * cancelled, and if the store cannot be read.
 */
export async function tallyNeverBegunParts(
  open: () => { readonly batches: BatchStore },
  batchId: string,
): Promise<Tallies> {
  try {
    return await tallyParts(open().batches, batchId);
  } catch (error) {
    if (error instanceof StoreUnavailable || error instanceof SettingsError) return new Map();
    throw error;
  }
}

async function tallyParts(batches: BatchStore, batchId: string): Promise<Tallies> {
  const manifest = await batches.readManifest(batchId);
  const tallies = new Map<number, Tally>();
  if (manifest === null) return tallies;
  for (let part = manifest.redrives.at(-1) ?? manifest.parts.length; part < manifest.parts.length; part += 1) {
    if ((await batches.readBegin(batchId, part)) !== null) continue;
    // One that was closed without a page has outcomes.
    if ((await batches.readOutcomes(batchId, part)) !== null) continue;
    const rows = await batches.readPart(toPart(manifest, part));
    const sum = rows.reduce((tally, { earlier }) => addTallies(tally, tallyNeverBegun(earlier)), EMPTY_TALLY);
    tallies.set(part, sum);
  }
  return tallies;
}
