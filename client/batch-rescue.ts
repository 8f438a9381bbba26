/** Which items of a batch have a job whose result is not in the store: these are fetched, and nothing is submitted. */
import type { BatchStore, Manifest } from '../activities/store';
import { addTallies, EMPTY_TALLY, type Tally } from '../workflows/domain/batch';
import { type ItemLine, mayBeCharged } from '../workflows/domain/item';
import type { RowSpool } from './batch-manifest';
import { tallyOfItem } from './batch-redrive';
import { readItems } from './batch-results';

export interface RescueSelection {
  readonly selected: number;
  /** What has become of the other items. */
  readonly base: Tally;
}

/**
 * Writes the selected items, with their jobs, into `spool`.
 *
 * @param again items that succeeded too, for a store that was lost
 */
export async function selectForRescue(
  store: BatchStore,
  manifest: Manifest,
  again: boolean,
  spool: RowSpool,
): Promise<RescueSelection> {
  let [selected, base] = [0, EMPTY_TALLY];
  for await (const item of readItems(store, manifest)) {
    const { row, line } = item;
    const jobId = line === null || (line.outcome === 'succeeded' && !again) ? null : jobToFetch(line);
    if (jobId === null) {
      base = addTallies(base, tallyOfItem(item));
      continue;
    }
    selected += 1;
    base = { ...base, submissions: base.submissions + item.submissions };
    await spool.add({ ...row, jobId });
  }
  return { selected, base };
}

/** The newest job that may have a result; one that the provider failed has none. */
function jobToFetch({ submissions }: ItemLine): string | null {
  const candidates = submissions.filter((submission) => submission.jobId !== null && mayBeCharged(submission));
  return candidates.at(-1)?.jobId ?? null;
}
