/**
 * What an account may spend from one midnight (UTC) to the next, by all batches and single items together. Pure.
 *
 * A holder may spend only what was set aside for it beforehand, so that the cap is not passed by what is under way
 * either. What was set aside is given in slices, so that one that wants much leaves something to the others.
 */
import type { Allowance, BillingOutcome } from './spending';

/** `null`: without end. */
export interface DayCap {
  readonly submissions: number | null;
  /** In the unit of the prices. */
  readonly cost: number | null;
  /** Of a submission of whoever has told none: single images, and batches without `prices`. */
  readonly price: number;
}

export const NO_CAP: DayCap = { submissions: null, cost: null, price: 0 };

export interface Amount {
  readonly submissions: number;
  /** Of submissions that have a price. */
  readonly cost: number;
  /** Submissions whose price only the cap knows. */
  readonly unpriced: number;
}

export const NOTHING: Amount = { submissions: 0, cost: 0, unpriced: 0 };

/** What one holder draws. All amounts count from its beginning, which may be another day. */
export interface Draw {
  /** Spent before this day began. */
  readonly base: Amount;
  /** As far as it has told. */
  readonly spent: Amount;
  /** What it may have spent in all; `null`: it was never limited. */
  readonly allowed: Amount | null;
  /** Of its dearest item; `null`: it has told none. */
  readonly price: number | null;
  /** It has told that it waits for more. */
  readonly needsFunds: boolean;
}

export interface DayBudget {
  /** Whole days since 1970-01-01. */
  readonly day: number;
  readonly cap: DayCap;
  /** Drawn today by those that are gone. */
  readonly closed: Amount;
  readonly draws: Readonly<Record<string, Draw>>;
  /** Since when somebody waits for more than there is, in ms since the epoch. */
  readonly usedUpAt: number | null;
  /** What is remembered from before it is of an earlier governor. In ms since the epoch. */
  readonly bornAt: number;
}

/** What a holder keeps for a governor that comes after this one. */
export interface DayMemory {
  readonly day: number;
  readonly cap: DayCap;
  /** By all together. */
  readonly drawn: Amount;
  /** In ms since the epoch. */
  readonly at: number;
}

/** What a holder tells of its spending. */
export interface SpendingReport {
  /** In all, since its beginning. */
  readonly spent?: { readonly submissions: number; readonly cost: number };
  /** What it was last allowed; absent: nothing limited it. */
  readonly allowed?: Allowance;
  /** Of its dearest item, in the unit of `cost`; absent where it was given no prices. */
  readonly price?: number;
  /** Nothing of it is in flight, and its allowance does not reach for the next item. */
  readonly needsFunds?: boolean;
  /** Of a single image: what became of its one submission. */
  readonly billingOutcome?: BillingOutcome;
}

export const DAY_MS = 24 * 60 * 60_000;

export function newDay(now: number): DayBudget {
  return { day: toDay(now), cap: NO_CAP, closed: NOTHING, draws: {}, usedUpAt: null, bornAt: now };
}

function toDay(now: number): number {
  return Math.floor(now / DAY_MS);
}

/** The midnight that ends the day, in ms since the epoch. */
export function computeDayEnd({ day }: DayBudget): number {
  return (day + 1) * DAY_MS;
}

/** A new day, if midnight has passed. What was set aside and not spent is drawn from the new one. */
export function advanceDay(budget: DayBudget, now: number): DayBudget {
  const day = toDay(now);
  if (day <= budget.day) return budget;
  const draws = mapDraws(budget.draws, (draw) => ({ ...draw, base: draw.spent }));
  return { ...budget, day, closed: NOTHING, draws, usedUpAt: null };
}

/** What is allowed from now on; parts that are left out stay. */
export function setCap(budget: DayBudget, change: Partial<DayCap>): DayBudget {
  const cap = { ...budget.cap, ...change };
  const draws = isCapped(cap) ? budget.draws : mapDraws(budget.draws, (draw) => ({ ...draw, allowed: null }));
  return { ...budget, cap, draws, usedUpAt: null };
}

export function isCapped({ submissions, cost }: DayCap): boolean {
  return submissions !== null || cost !== null;
}

/** Spent today, or set aside for what is under way or comes next. */
export function sumDrawn({ closed, draws }: DayBudget): Amount {
  return Object.values(draws).map(computeDrawn).reduce(addAmounts, closed);
}

export function computeDrawn({ base, spent, allowed }: Draw): Amount {
  return subtractAmounts(allowed ?? spent, base);
}

export function computeCost({ cost, unpriced }: Amount, { price }: DayCap): number {
  return cost + unpriced * price;
}

export function addAmounts(left: Amount, right: Amount): Amount {
  return {
    submissions: left.submissions + right.submissions,
    cost: left.cost + right.cost,
    unpriced: left.unpriced + right.unpriced,
  };
}

export function subtractAmounts(left: Amount, right: Amount): Amount {
  return {
    submissions: left.submissions - right.submissions,
    cost: left.cost - right.cost,
    unpriced: left.unpriced - right.unpriced,
  };
}

function mapDraws(draws: DayBudget['draws'], change: (draw: Draw) => Draw): DayBudget['draws'] {
  return Object.fromEntries(Object.entries(draws).map(([id, draw]) => [id, change(draw)]));
}
