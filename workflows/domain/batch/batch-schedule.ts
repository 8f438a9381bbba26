/**
 * What the coordinator of a batch knows: which pages are open, with the permits and the money of each, and which parts have no
 * page yet. Pure: a state and an event in, a state out.
 */
import { NO_FEEDBACK, type ProviderFeedback } from '../leases/feedback';
import type { AccountGrant } from '../leases/governor-protocol';
import { type Lease, NEW_LEASE, withPermits } from '../leases/lease';
import { type Allowance, NO_BUDGET, type Spending } from '../money/spending';
import type { PageGrant } from './page-protocol';
import { addTallies, EMPTY_TALLY, type Tally, toSpending } from './tally';

export interface OpenPage extends Lease<PageGrant> {
  readonly part: number;
  /** Run of the page that gave the part back before. Absent: none has. */
  readonly previousRun?: string;
  /** Items of the page. */
  readonly size: number;
  /** It has nothing in flight, and could go on if it might spend more. */
  readonly needsFunds: boolean;
  /** What it may spend in all from now on. */
  readonly allowance: Allowance;
  readonly tally: Tally;
}

export interface ReturnedPart {
  readonly part: number;
  /** Of the page that gave it back. */
  readonly run: string;
}

export interface SizedPart {
  readonly part: number;
  readonly size: number;
  /** Of the page that gave it back. Absent: none has. */
  readonly run?: string;
}

export type BatchControl = 'running' | 'paused' | 'cancelling';

export interface BatchSchedule {
  /** Items of each part. */
  readonly parts: readonly number[];
  /** Number of the first of them in the manifest: a redrive runs parts that were added later. */
  readonly firstPart: number;
  /** Index into `parts` of the first that was never opened. */
  readonly next: number;
  readonly open: readonly OpenPage[];
  /** Opened once, and given back by pages that could not begin. */
  readonly returned: readonly ReturnedPart[];
  /** No page is opened for now: the last ones could not begin. */
  readonly isBlocked: boolean;
  /** What has become of the pages that are closed. */
  readonly closed: Tally;
  /** Spent before this run of the batch, which its budget does not count. */
  readonly spentBefore: Spending;
  /** Jobs in flight at the most, as the caller wants it; `null`: as many as the account allows. */
  readonly concurrency: number | null;
  /** What the governor has last granted; `null` before its first word. */
  readonly grant: AccountGrant | null;
  readonly budget: Allowance;
  /** The highest of an item, in the unit of the budget; 0 where no prices were given. */
  readonly price: number;
  readonly control: BatchControl;
  /** What pages have told and the governor has not heard yet. */
  readonly feedback: ProviderFeedback;
  /** The newest change of pace that was known when what is in `feedback` was refused. */
  readonly paceSeen: number;
  /** A page met a wall: nobody submits before the governor has answered. */
  readonly isBlockedByAccount: boolean;
}

/** Greater than any change of pace; a number that JSON can carry. */
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
  /** Items of the batch that are not run; default none. */
  readonly base?: Tally;
}

export function newSchedule({
  parts,
  concurrency = null,
  budget = NO_BUDGET,
  price = 0,
  firstPart = 0,
  base = EMPTY_TALLY,
}: NewSchedule): BatchSchedule {
  const settings = { parts, firstPart, concurrency, budget, price, closed: base, spentBefore: toSpending(base) };
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
  const before = run === undefined ? {} : { previousRun: run };
  return {
    ...withPermits(NEW_PAGE_LEASE, permits),
    part,
    ...before,
    size,
    needsFunds: false,
    allowance: NO_BUDGET,
    tally,
  };
}

export function replacePage(schedule: BatchSchedule, page: OpenPage, by: OpenPage): BatchSchedule {
  return { ...schedule, open: schedule.open.map((other) => (other === page ? by : other)) };
}

/** Parts that have no page and were not closed, the next first; `most` of them at the most. */
export function listUnopenedParts(schedule: BatchSchedule, most: number): readonly SizedPart[] {
  const { parts, firstPart, next, returned } = schedule;
  const rest = Array.from({ length: Math.min(most, parts.length - next) }, (_, index) => firstPart + next + index);
  const never: readonly Omit<SizedPart, 'size'>[] = rest.map((part) => ({ part }));
  return [...returned, ...never].slice(0, most).map((one) => ({ ...one, size: getPartSize(schedule, one.part) }));
}

/** These parts have no page and will have none. */
export function closeUnopened(schedule: BatchSchedule, closed: readonly SizedPart[], tally: Tally): BatchSchedule {
  const numbers = new Set(closed.map(({ part }) => part));
  const returned = schedule.returned.filter(({ part }) => !numbers.has(part));
  const never = numbers.size - (schedule.returned.length - returned.length);
  return { ...schedule, returned, next: schedule.next + never, closed: addTallies(schedule.closed, tally) };
}

/** A page could not begin: nothing of its part was submitted, and its permits are free. */
export function returnPart(schedule: BatchSchedule, part: ReturnedPart): BatchSchedule {
  const open = schedule.open.filter((page) => page.part !== part.part);
  if (open.length === schedule.open.length) return schedule;
  return { ...schedule, open, returned: [...schedule.returned, part] };
}

/** Pages that could not begin are tried again, or are not for now. */
export function setBlocked(schedule: BatchSchedule, isBlocked: boolean): BatchSchedule {
  return { ...schedule, isBlocked };
}

function getPartSize({ parts, firstPart }: BatchSchedule, part: number): number {
  return parts[part - firstPart] ?? 0;
}

/** Which rows a part has, counted from 1; those of a redrive among what it selected. */
export function describeRows({ parts, firstPart }: BatchSchedule, part: number): string {
  const index = part - firstPart;
  const before = parts.slice(0, index).reduce((sum, size) => sum + size, 0);
  const rows = `rows ${before + 1}–${before + (parts[index] ?? 0)}`;
  return firstPart === 0 ? rows : `${rows} of what is run again`;
}

/** Everything that is known of the batch, in one tally. */
export function sumTally(schedule: BatchSchedule): Tally {
  return schedule.open.reduce((sum, { tally }) => addTallies(sum, tally), sumRest(schedule));
}

/** Of pages that are closed, and of pages that were never opened, whose items are waiting. */
export function sumRest(schedule: BatchSchedule): Tally {
  const never = schedule.parts.slice(schedule.next).reduce((sum, size) => sum + size, 0);
  const unopened = schedule.returned.reduce((sum, { part }) => sum + getPartSize(schedule, part), never);
  return addTallies(schedule.closed, { ...EMPTY_TALLY, counts: { ...EMPTY_TALLY.counts, waiting: unopened } });
}

/** Whether nothing is left to be done. */
export function isFinished({ open, returned, next, parts }: BatchSchedule): boolean {
  return open.length === 0 && returned.length === 0 && next >= parts.length;
}
