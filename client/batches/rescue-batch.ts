/** Fetches the paid results of an ended batch that are not in the store. Submits nothing. */
import {
  type BatchStore,
  computeSpent,
  type ItemResult,
  type Manifest,
  readItems,
  tallyItem,
  toCount,
  toEarlier,
} from '../../activities/store';
import { formatCount } from '../../workflows/domain/base/format-count';
import { addTallies, EMPTY_TALLY, type Tally } from '../../workflows/domain/batch/tally';
import { isSameRow } from '../../workflows/domain/item/canonical-row';
import { mayBeCharged } from '../../workflows/domain/item/submission-payment';
import type { BatchContext } from './batch-context';
import type { RowSpool } from './batch-manifest';
import type { EndingBatch } from './refuse-if-running';
import { type EndedTerms, whenEnded } from './when-ended';

interface RescueBatchOptions extends EndedTerms {
  /** Also fetch items that succeeded, for a store that was lost. Default false. */
  readonly again?: boolean;
}

/** The started rescue. */
interface BatchRescue {
  readonly id: string;
  /** Number of jobs; 0: nothing was started. */
  readonly selected: number;
}

/**
 * @throws ManifestNotFoundError, BatchRefusedError as `whenEnded`
 * @returns `null` if the signal was aborted; nothing was started
 */
export function rescueBatch(
  client: BatchContext,
  batch: EndingBatch,
  { again = false, ...terms }: RescueBatchOptions,
): Promise<BatchRescue | null> {
  return whenEnded(client, batch, terms, null, async ({ store, manifest, spool, run }) => {
    const { selected, ...others } = await selectForRescue(store.batches, manifest, again, spool);
    const summary = `results of ${formatCount(selected, 'job')} fetched`;
    if (selected > 0) await run({ ...others, summary });
    return { id: batch.id, selected };
  });
}

interface RescueSelection {
  readonly selected: number;
  /** Number of rows of a sampled batch that no run has started. Absent: none. */
  readonly notStarted?: number;
  /** Outcomes of the other items. */
  readonly base: Tally;
}

/**
 * Writes the selected items, with their jobs, into `spool`.
 *
 * @param again also select items that succeeded, for a store that was lost
 */
async function selectForRescue(
  store: BatchStore,
  manifest: Manifest,
  again: boolean,
  spool: RowSpool,
): Promise<RescueSelection> {
  const prices = manifest.settings.prices;
  let [selected, notStarted, base] = [0, 0, EMPTY_TALLY];
  for await (const item of readItems(store, manifest)) {
    if (!item.isStarted) notStarted += 1;
    const jobId = item.line?.outcome === 'succeeded' && !again ? null : chooseJob(item);
    if (jobId === null) {
      base = addTallies(base, tallyItem(item, prices));
      continue;
    }
    selected += 1;
    base = addTallies(base, computeSpent(item, prices));
    const kept = item.row.steps === undefined ? {} : { finished: item.made.finished };
    await spool.add({ ...item.row, ...kept, earlier: toEarlier(item), jobId, afterFetch: 'end' });
  }
  return { selected, ...toCount(notStarted), base };
}

/**
 * The newest job that may have a result of the row's request; failed jobs have none. For an item of several steps it is one of the
 * last step: a redrive fetches any other, and runs the steps after it.
 */
function chooseJob({ row, submissions, staleJobs, made }: ItemResult): string | null {
  const { steps = [] } = row;
  if (steps.length > 0 && !(isSameRow(made.row, row) && made.finished.length === steps.length - 1)) return null;
  const ofLast = submissions.filter((one) => one.step === steps.at(-1)?.id && mayBeCharged(one));
  const candidates = ofLast.flatMap(({ jobId }) => jobId ?? []);
  return candidates.filter((jobId) => !staleJobs.includes(jobId)).at(-1) ?? null;
}
