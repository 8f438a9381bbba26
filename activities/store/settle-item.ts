/** What an item counts as once its batch no longer runs: its outcome, and its tally. */
import { getOwn } from '../../workflows/domain/base/own-value';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { BatchSettings } from '../../workflows/domain/batch/batch-settings';
import { EMPTY_TALLY, NO_ITEMS, type Tally, tallyRow } from '../../workflows/domain/batch/tally';
import type { EarlierOutcome, ItemReport } from '../../workflows/domain/item/item';
import { recallSteps, toLostRow } from '../../workflows/domain/item/recorded-steps';
import { type ResultLine, toResultRow, withRowFiles, withSteps } from '../../workflows/domain/item/result-row';
import { findOperation } from '../../workflows/domain/item/row-steps';
import type { ItemResult } from './batch-items';

type Prices = BatchSettings['prices'];

const NEVER_BEGUN: ItemReport = {
  result: null,
  jobId: null,
  submissions: [],
  outcome: 'cancelled',
  code: 'CANCELLED',
  message: 'The batch ended before this item began; nothing was submitted.',
};

interface SettledResult extends ItemResult {
  readonly line: ResultLine;
}

/** Settles an item of a batch that no longer runs: without an outcome it was lost, or never began. */
export function settleItem(item: ItemResult): SettledResult {
  const { row, line, begun, submissions, made } = item;
  if (line !== null) return { ...item, line };
  const lost = recallSteps({ ...row, finished: made.finished }, toLostRow(row.key, submissions), []);
  const ended = withRowFiles(begun ? lost : toResultRow(row.key, NEVER_BEGUN));
  return { ...item, line: withSteps({ ...ended, submissions, ...withoutMissing({ values: row.values }) }) };
}

/** How an item ended, for the run that follows. */
export function toEarlier(item: ItemResult): EarlierOutcome {
  const { outcome, code, steps } = settleItem(item).line;
  return {
    outcome,
    code,
    ...withoutMissing({ steps: steps?.map((step) => ({ id: step.id, outcome: step.outcome })) }),
  };
}

/** The number of rows that no run has started, for an input; nothing if there are none. */
export function toCount(notStarted: number): { readonly notStarted?: number } {
  return notStarted === 0 ? {} : { notStarted };
}

/** The tally of an item, as far as it has been reported. */
export function tallyItem(item: ItemResult, prices: Prices): Tally {
  if (!item.isStarted) return EMPTY_TALLY;
  const { outcome, code, steps } = settleItem(item).line;
  const { submissions, resultJobs } = item;
  const row = { outcome, code, submissions, resultJobs, ...withoutMissing({ steps }) };
  return tallyRow(row, (step) => findPrice(item, prices, step));
}

/**
 * Computes the spending of a rerun item so far.
 *
 * @param repeats number of submissions that may be second payments
 */
export function computeSpent(item: ItemResult, prices: Prices, repeats = 0): Tally {
  const { steps: _steps, ...tally } = tallyItem(item, prices);
  return { ...tally, counts: NO_ITEMS, failures: {}, duplicates: tally.duplicates + repeats };
}

function findPrice({ row }: ItemResult, prices: Prices = {}, step?: string): number {
  return getOwn(prices, findOperation(row, step)) ?? 0;
}
