/** What a batch is made of, in numbers and by reference: its items never travel through the coordinator. */
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

/** Counts of items by what they do or how they ended. They always add up to the items that they stand for. */
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

/** Counts with what else is told of a page or a batch. */
export interface Tally {
  readonly counts: ItemCounts;
  /** Failed and unknown items by code. */
  readonly failures: Readonly<Record<string, number>>;
  /** POSTs that were accepted, may have been, or are under way. */
  readonly submissions: number;
  /** What they cost by the prices that were given, failed jobs excepted; 0 where none were. */
  readonly cost: number;
  /** Submissions that were sent again although an earlier one of the item may have been accepted. */
  readonly duplicates: number;
  /** What the provider says that completed jobs cost, by the units of `Charge` that it has named. */
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

/** Items that a tally stands for. */
export function countItems({ counts }: Tally): number {
  return Object.values<number>({ ...counts }).reduce((sum, count) => sum + count, 0);
}

/** Items that have not ended. */
export function countOpen({ counts }: Tally): number {
  return counts.waiting + counts.running + counts.retrying;
}

/** Items that have not ended will not any more: nothing was submitted of them, or that is not known. */
export function closeOpenItems(tally: Tally, outcome: 'cancelled' | 'unknown'): Tally {
  const left = countOpen(tally);
  if (left === 0) return tally;
  const counts = { ...tally.counts, waiting: 0, running: 0, retrying: 0, [outcome]: tally.counts[outcome] + left };
  const failures = outcome === 'unknown' ? addCounts(tally.failures, { SUBMIT_OUTCOME_UNKNOWN: left }) : tally.failures;
  return { ...tally, counts, failures };
}

/** How pages tell the coordinator of themselves. */
export const PAGE_REPORT_SIGNAL = 'pageReport';

/** What ended items amount to. */
export function tallyRows(lines: readonly ItemResultRow[]): Tally {
  return lines.reduce((sum, line) => addTallies(sum, tallyRow(line)), EMPTY_TALLY);
}

/** What a tally is made of. */
export type TalliedRow = Pick<ItemResultRow, 'outcome' | 'code' | 'submissions' | 'fetched'>;

/** @param price of one submission of the item; default 0 */
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

/** Without the units that the provider does not name: 0 would say that it costs nothing. */
function namedIn(charge: Charge | null | undefined): Tally['charged'] {
  const named = Object.entries(charge ?? {}).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return Object.fromEntries(named);
}

export function toSpending({ submissions, cost, duplicates }: Tally): Spending {
  return { submissions, cost, duplicates };
}
