/** Selects the items of a batch with a job whose result is not in the store: these are fetched, and nothing is submitted. */
import type { BatchStore, Manifest } from '../../activities/store';
import { addTallies, EMPTY_TALLY, type Tally } from '../../workflows/domain/batch/tally';
import { mayBeCharged } from '../../workflows/domain/item/item';
import type { RowSpool } from './batch-manifest';
import { computeSpent, tallyItem } from './batch-redrive';
import { type ItemResult, readItems } from './batch-results';

export interface RescueSelection {
  readonly selected: number;
  /** Outcomes of the other items. */
  readonly base: Tally;
}

/**
 * Writes the selected items, with their jobs, into `spool`.
 *
 * @param again also select items that succeeded, for a store that was lost
 */
export async function selectForRescue(
  store: BatchStore,
  manifest: Manifest,
  again: boolean,
  spool: RowSpool,
): Promise<RescueSelection> {
  const prices = manifest.settings.prices;
  let [selected, base] = [0, EMPTY_TALLY];
  for await (const item of readItems(store, manifest)) {
    const jobId = item.line?.outcome === 'succeeded' && !again ? null : chooseJob(item);
    if (jobId === null) {
      base = addTallies(base, tallyItem(item, prices));
      continue;
    }
    selected += 1;
    base = addTallies(base, computeSpent(item, prices));
    await spool.add({ ...item.row, jobId, afterFetch: 'end' });
  }
  return { selected, base };
}

/** The newest job that may have a result of the row's request; failed jobs have none. */
function chooseJob({ submissions, staleJobs }: ItemResult): string | null {
  const candidates = submissions.filter(mayBeCharged).flatMap(({ jobId }) => jobId ?? []);
  return candidates.filter((jobId) => !staleJobs.includes(jobId)).at(-1) ?? null;
}
