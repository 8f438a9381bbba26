/**
 * The coordinator's state: open pages with their permits and funds, and parts without a page. Pure: a state and an
 * event in, a state out.
 */
import { NO_FEEDBACK, type ProviderFeedback } from '../leases/feedback';
import type { AccountGrant } from '../leases/governor-protocol';
import type { BlockedItems } from '../leases/held-operations';
import { type Lease, NEW_LEASE, withPermits } from '../leases/lease';
import { type Allowance, NO_BUDGET, NOTHING_SPENT, type Spending } from '../money/spending';
import type { PageGrant } from './page-protocol';
import { addTallies, EMPTY_TALLY, type Tally, toSpending } from './tally';

export interface OpenPage extends Lease<PageGrant> {
  readonly part: number;
  /** Page run that returned the part earlier; `null`: none. */
  readonly previousRun: string | null;
  /** Number of items in the page. */
  readonly size: number;
  /** Whether it has nothing in flight and could continue with a larger allowance. */
  readonly needsFunds: boolean;
  /** Total allowance from now on. */
  readonly allowance: Allowance;
  readonly tally: Tally;
  /** Cost of one more submission of each open item, as last reported; `null` if it has reported none. */
  readonly openCost: number | null;
  /** Its items that wait for held operations or probe them, as last reported. */
  readonly blocked: BlockedItems;
}

interface ReturnedPart {
  readonly part: number;
  /** Run of the page that returned it. */
  readonly run: string;
}

export interface SizedPart {
  readonly part: number;
  readonly size: number;
  /** Run of the page that returned it; `null`: none. */
  readonly run: string | null;
}

export type BatchControl = 'running' | 'paused' | 'cancelling';

export interface BatchSchedule {
  /** Number of items in each part. */
  readonly parts: readonly number[];
  /** Index in the manifest of the first part: a redrive runs parts that were added later. */
  readonly firstPart: number;
  /** Index into `parts` of the first part that was never opened. */
  readonly next: number;
  readonly open: readonly OpenPage[];
  /** Parts returned by pages that could not start. */
  readonly returned: readonly ReturnedPart[];
  /** Whether no pages are opened for now, because the last ones could not start. */
  readonly isBlocked: boolean;
  /** Tally of the closed pages. */
  readonly closed: Tally;
  /** Spending before this run of the batch. */
  readonly spentBefore: Spending;
  /** What the budget also counts of that: all of it, or nothing. */
  readonly sharedSpending: Spending;
  /** Maximum jobs in flight as set by the caller; `null` for as many as the account allows. */
  readonly concurrency: number | null;
  /** The governor's newest grant; `null` before the first one. */
  readonly grant: AccountGrant | null;
  readonly budget: Allowance;
  /** Lowest price of an operation, in the unit of the budget; 0 without prices. */
  readonly price: number;
  readonly control: BatchControl;
  /** Feedback of pages that has not been reported to the governor. */
  readonly feedback: ProviderFeedback;
  /** Newest change of pace known when the refusals in `feedback` were met. */
  readonly paceSeen: number;
  /** Whether a page met an account-wide refusal: no submissions until the governor has replied. */
  readonly isBlockedByAccount: boolean;
}

/** Greater than any change of pace, and representable in JSON. */
export const UNKNOWN_PACE = Number.MAX_SAFE_INTEGER;

const NEW_PAGE_LEASE: Lease<PageGrant> = NEW_LEASE;

export interface NewSchedule {
  readonly parts: readonly number[];
  /** Default `null`. */
  readonly concurrency?: number | null;
  /** Default: none. */
  readonly budget?: Allowance;
  /** Default 0. */
  readonly price?: number;
  /** Default 0. */
  readonly firstPart?: number;
  /** Tally of items that are not run. Default: none. */
  readonly base?: Tally;
  /** Whether the budget also counts what `base` has spent. Default false. */
  readonly sharesBudget?: boolean;
}

export function newSchedule({
  parts,
  concurrency = null,
  budget = NO_BUDGET,
  price = 0,
  firstPart = 0,
  base = EMPTY_TALLY,
  sharesBudget = false,
}: NewSchedule): BatchSchedule {
  const spentBefore = toSpending(base);
  const sharedSpending = sharesBudget ? spentBefore : NOTHING_SPENT;
  const settings = { parts, firstPart, concurrency, budget, price, closed: base, spentBefore, sharedSpending };
  return {
    ...settings,
    next: 0,
    open: [],
    returned: [],
    isBlocked: false,
    grant: null,
    control: 'running',
    feedback: NO_FEEDBACK,
    paceSeen: UNKNOWN_PACE,
    isBlockedByAccount: false,
  };
}

export function newPage({ part, size, run }: SizedPart, permits: number): OpenPage {
  const tally = { ...EMPTY_TALLY, counts: { ...EMPTY_TALLY.counts, waiting: size } };
  return {
    ...withPermits(NEW_PAGE_LEASE, permits),
    part,
    previousRun: run,
    size,
    needsFunds: false,
    allowance: NO_BUDGET,
    tally,
    openCost: null,
    blocked: {},
  };
}

export function replacePage(schedule: BatchSchedule, page: OpenPage, by: OpenPage): BatchSchedule {
  return { ...schedule, open: schedule.open.map((other) => (other === page ? by : other)) };
}

/** Parts without a page that are not closed, next one first; at most `most`. */
export function listUnopenedParts(schedule: BatchSchedule, most: number): readonly SizedPart[] {
  const { parts, firstPart, next, returned } = schedule;
  const rest = Array.from({ length: Math.min(most, parts.length - next) }, (_, index) => firstPart + next + index);
  const never: readonly Omit<SizedPart, 'size'>[] = rest.map((part) => ({ part, run: null }));
  return [...returned, ...never].slice(0, most).map((one) => ({ ...one, size: getPartSize(schedule, one.part) }));
}

/** Closes parts that will never have a page. */
export function closeUnopened(schedule: BatchSchedule, closed: readonly SizedPart[], tally: Tally): BatchSchedule {
  const numbers = new Set(closed.map(({ part }) => part));
  const returned = schedule.returned.filter(({ part }) => !numbers.has(part));
  const never = numbers.size - (schedule.returned.length - returned.length);
  return { ...schedule, returned, next: schedule.next + never, closed: addTallies(schedule.closed, tally) };
}

/** Takes back the part of a page that could not start. Nothing of it was submitted, and its permits are free. */
export function returnPart(schedule: BatchSchedule, part: ReturnedPart): BatchSchedule {
  const open = schedule.open.filter((page) => page.part !== part.part);
  if (open.length === schedule.open.length) return schedule;
  return { ...schedule, open, returned: [...schedule.returned, part] };
}

/** Sets whether pages that could not start must wait. */
export function setBlocked(schedule: BatchSchedule, isBlocked: boolean): BatchSchedule {
  return { ...schedule, isBlocked };
}

function getPartSize({ parts, firstPart }: BatchSchedule, part: number): number {
  return parts[part - firstPart] ?? 0;
}

/** The row numbers of a part, from 1; for a redrive, among its selected rows. */
export function describeRows({ parts, firstPart }: BatchSchedule, part: number): string {
  const index = part - firstPart;
  const before = parts.slice(0, index).reduce((sum, size) => sum + size, 0);
  const rows = `rows ${before + 1}–${before + (parts[index] ?? 0)}`;
  return firstPart === 0 ? rows : `${rows} of the redrive`;
}

/** Tally of the whole batch. */
export function sumTally(schedule: BatchSchedule): Tally {
  return schedule.open.reduce((sum, { tally }) => addTallies(sum, tally), sumRest(schedule));
}

/** Tally of closed pages, and of pages that were never opened, whose items are waiting. */
export function sumRest(schedule: BatchSchedule): Tally {
  const never = schedule.parts.slice(schedule.next).reduce((sum, size) => sum + size, 0);
  const unopened = schedule.returned.reduce((sum, { part }) => sum + getPartSize(schedule, part), never);
  return addTallies(schedule.closed, { ...EMPTY_TALLY, counts: { ...EMPTY_TALLY.counts, waiting: unopened } });
}

/** Whether nothing is left to do. */
export function isFinished({ open, returned, next, parts }: BatchSchedule): boolean {
  return open.length === 0 && returned.length === 0 && next >= parts.length;
}
