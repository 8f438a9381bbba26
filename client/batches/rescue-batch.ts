/** Fetches the paid results of an ended batch that are not in the store. Submits nothing. */
import { formatCount } from '../../workflows/domain/base/format-count';
import type { BatchContext } from './batch-context';
import { selectForRescue } from './batch-rescue';
import type { EndingBatch } from './refuse-if-running';
import { type EndedTerms, whenEnded } from './when-ended';

export interface RescueBatchOptions extends EndedTerms {
  /** Also fetch items that succeeded, for a store that was lost. Default false. */
  readonly again?: boolean;
}

/** The started rescue. */
export interface BatchRescue {
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
    const { selected, base } = await selectForRescue(store.batches, manifest, again, spool);
    const summary = `results of ${formatCount(selected, 'job')} fetched`;
    if (selected > 0) await run({ base, summary });
    return { id: batch.id, selected };
  });
}
