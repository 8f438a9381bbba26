/** A batch in numbers and references: items never pass through the coordinator. */
import { addCounts } from '../base/counts';
import {
  type Charge,
  countDuplicates,
  type ItemResultRow,
  mayBeCharged,
  mayBePaid,
  type RowSubmission,
} from '../item/item';
import type { Spending } from '../money/spending';

/** Number of items by state or outcome; the sum is always the number of items. */
export type ItemCounts = Readonly<
  Record<'waiting' | 'running' | 'retrying' | 'succeeded' | 'failed' | 'cancelled' | 'unknown', number>
>;

export const NO_ITEMS: ItemCounts = {
  waiting: 0,
  running: 0,
  retrying: 0,
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  unknown: 0,
};

/** Counts and other totals of a page or batch. */
export interface Tally {
  readonly counts: ItemCounts;
  /** Failed and unknown items, by code. */
  readonly failures: Readonly<Record<string, number>>;
  /** POSTs that were accepted, may have been accepted, or are in flight. */
  readonly submissions: number;
  /** Their cost by the given prices, without failed jobs; 0 without prices. */
  readonly cost: number;
  /** Submissions after one that may have been accepted for the same item. */
  readonly duplicates: number;
  /** Reported charges of completed jobs, by unit of `Charge`. */
  readonly charged: Readonly<Record<string, number>>;
}

export const EMPTY_TALLY: Tally = {
  counts: NO_ITEMS,
  failures: {},
  submissions: 0,
  cost: 0,
  duplicates: 0,
  charged: {},
};

export function addTallies(left: Tally, right: Tally): Tally {
  return {
    counts: addCounts(left.counts, right.counts),
    failures: addCounts(left.failures, right.failures),
    submissions: left.submissions + right.submissions,
    cost: left.cost + right.cost,
    duplicates: left.duplicates + right.duplicates,
    charged: addCounts(left.charged, right.charged),
  };
}

/** Number of items in a tally. */
export function countItems({ counts }: Tally): number {
  return Object.values<number>({ ...counts }).reduce((sum, count) => sum + count, 0);
}

/** Number of items that have not ended. */
export function countOpen({ counts }: Tally): number {
  return counts.waiting + counts.running + counts.retrying;
}

/** Closes items that have not ended: nothing was submitted, or that is unknown. */
export function closeOpenItems(tally: Tally, outcome: 'cancelled' | 'unknown'): Tally {
  const left = countOpen(tally);
  if (left === 0) return tally;
  const counts = { ...tally.counts, waiting: 0, running: 0, retrying: 0, [outcome]: tally.counts[outcome] + left };
  const failures = outcome === 'unknown' ? addCounts(tally.failures, { SUBMIT_OUTCOME_UNKNOWN: left }) : tally.failures;
  return { ...tally, counts, failures };
}

/** Signal of a page's report to the coordinator. */
export const PAGE_REPORT_SIGNAL = 'pageReport';

/** The fields that a tally counts. */
type TalliedRow = Pick<ItemResultRow, 'outcome' | 'code' | 'submissions' | 'fetched'>;

/** @param price price of one submission of the item. Default 0 */
export function tallyRow({ outcome, code, submissions, fetched }: TalliedRow, price = 0): Tally {
  const failures = outcome === 'failed' || outcome === 'unknown' ? { [code ?? 'UNRECOGNISED_CODE']: 1 } : {};
  return {
    counts: { ...NO_ITEMS, [outcome]: 1 },
    failures,
    submissions: submissions.filter(mayBePaid).length,
    cost: submissions.filter(mayBeCharged).length * price,
    duplicates: countDuplicates(submissions, fetched),
    charged: sumCharges(fetched === undefined ? submissions : [...submissions, fetched]),
  };
}

function sumCharges(submissions: readonly Pick<RowSubmission, 'charge'>[]): Tally['charged'] {
  return submissions.reduce((sum, { charge }) => addCounts(sum, namedIn(charge)), EMPTY_TALLY.charged);
}

/** Omits units that the provider does not name: 0 would mean that it was free. */
function namedIn(charge: Charge | null | undefined): Tally['charged'] {
  const named = Object.entries(charge ?? {}).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return Object.fromEntries(named);
}

export function toSpending({ submissions, cost, duplicates }: Tally): Spending {
  return { submissions, cost, duplicates };
}
