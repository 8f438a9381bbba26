/** A batch in numbers and references: items never pass through the coordinator. */
import { addCounts } from '../base/counts';
import { getOwn } from '../base/own-value';
import { withoutMissing } from '../base/without-missing';
import type { Charge, EarlierOutcome, ItemResultRow, Outcome, RowSubmission, StepReport } from '../item/item';
import { wasCancelledUnsent } from '../item/item-runs';
import { countDuplicates, mayBeCharged, mayBePaid } from '../item/submission-payment';
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
  /** Items by step. Absent: the items have one step. */
  readonly steps?: StepCounts;
}

/** By the id of a step: number of items that have reached it, by its outcome; `open` if it has not ended. */
export type StepCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

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
    ...addSteps(left.steps, right.steps),
  };
}

export function addSteps(left: Tally['steps'], right: Tally['steps']): Pick<Tally, 'steps'> {
  if (left === undefined || right === undefined) return withoutMissing({ steps: left ?? right });
  const ids = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  const sums = ids.map((id) => [id, addCounts(getOwn(left, id) ?? {}, getOwn(right, id) ?? {})] as const);
  return { steps: Object.fromEntries(sums) };
}

/** Counts the steps of one item. */
export function countSteps(steps: readonly { readonly id: string; readonly outcome: Outcome | 'open' }[]): StepCounts {
  return Object.fromEntries(steps.map(({ id, outcome }) => [id, { [outcome]: 1 }]));
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
  return { ...tally, counts, failures, ...closeSteps(tally.steps, outcome) };
}

function closeSteps(steps: Tally['steps'], outcome: string): Pick<Tally, 'steps'> {
  if (steps === undefined) return {};
  const closed = Object.entries(steps).map(([id, { open = 0, ...ended }]) => {
    return [id, open === 0 ? ended : addCounts(ended, { [outcome]: open })] as const;
  });
  return { steps: Object.fromEntries(closed) };
}

/** Signal of a page's report to the coordinator. */
export const PAGE_REPORT_SIGNAL = 'pageReport';

/** The fields that a tally counts. */
type TalliedRow = Pick<ItemResultRow, 'outcome' | 'code' | 'submissions' | 'fetched'> & {
  readonly steps?: readonly Pick<StepReport, 'id' | 'outcome'>[];
  /** Jobs of all its runs whose files were stored. Absent: the row is of one run. */
  readonly resultJobs?: ReadonlySet<string>;
};

/**
 * The row as it is counted: an item whose run sent nothing keeps its earlier outcome.
 *
 * @param earlier absent for an item that has not run before
 */
export function toCountedRow(row: TalliedRow, earlier: EarlierOutcome | undefined): TalliedRow {
  return earlier === undefined || !wasCancelledUnsent(row) ? row : { ...earlier, submissions: [] };
}

/** The tally of an item whose part no page has begun and none will. */
export function tallyNeverBegun(earlier: EarlierOutcome | undefined): Tally {
  return tallyRow({ outcome: 'cancelled', code: 'CANCELLED', ...earlier, submissions: [] });
}

/**
 * The tally of the items of an ended batch that are not in its open parts.
 *
 * @param neverBegun tallies of parts that no page has begun. If these do not have all items that have not ended, the items
 *   count as cancelled
 */
export function closeUnopened(
  { open, rest }: { readonly open: readonly { readonly part: number }[]; readonly rest: Tally },
  neverBegun: ReadonlyMap<number, Tally>,
): Tally {
  const opened = new Set(open.map(({ part }) => part));
  const closed = [...neverBegun].reduce(
    (sum, [part, tally]) => (opened.has(part) ? sum : addTallies(sum, tally)),
    EMPTY_TALLY,
  );
  if (countItems(closed) !== countOpen(rest)) return closeOpenItems(rest, 'cancelled');
  return addTallies({ ...rest, counts: { ...rest.counts, waiting: 0, running: 0, retrying: 0 } }, closed);
}

/** Price of one submission: of the item, or by the id of its step. */
type Price = number | ((step: string | undefined) => number);

/** @param price default 0 */
export function tallyRow(
  { outcome, code, submissions, fetched, steps, resultJobs }: TalliedRow,
  price: Price = 0,
): Tally {
  const findPrice = (step: string | undefined) => (typeof price === 'number' ? price : price(step));
  const failures = outcome === 'failed' || outcome === 'unknown' ? { [code ?? 'UNRECOGNISED_CODE']: 1 } : {};
  return {
    counts: { ...NO_ITEMS, [outcome]: 1 },
    failures,
    submissions: submissions.filter(mayBePaid).length,
    cost: submissions.filter(mayBeCharged).reduce((sum, { step }) => sum + findPrice(step), 0),
    duplicates: countDuplicates(submissions, fetched, resultJobs),
    charged: sumCharges(fetched === undefined ? submissions : [...submissions, fetched]),
    ...(steps === undefined ? {} : { steps: countSteps(steps) }),
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
