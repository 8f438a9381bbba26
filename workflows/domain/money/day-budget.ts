/**
 * The account's budget from one midnight (UTC) to the next, for all batches and single items. Pure.
 *
 * A holder may spend only what was reserved for it, so submissions in flight cannot exceed the budget. Reservations are
 * made in slices, which leaves room for other holders.
 */
import type { Allowance, BillingOutcome } from './spending';

/** `null`: unlimited. */
export interface DayCap {
  readonly submissions: number | null;
  /** In the unit of the prices. */
  readonly cost: number | null;
  /** Price of submissions without one: single items, and batches without `prices`. */
  readonly price: number;
  /** Prices of single items of these operations, instead of `price`. */
  readonly prices: Readonly<Record<string, number>>;
}

const NO_CAP: DayCap = { submissions: null, cost: null, price: 0, prices: {} };

export interface Amount {
  readonly submissions: number;
  /** Cost of submissions with a price. */
  readonly cost: number;
  /** Number of submissions priced by the budget's own price. */
  readonly unpriced: number;
}

export const NOTHING: Amount = { submissions: 0, cost: 0, unpriced: 0 };

/** One holder's draw. All amounts count from its start, which may be on an earlier day. */
export interface Draw {
  /** Spent before this day began. */
  readonly base: Amount;
  /** Reported spending. */
  readonly spent: Amount;
  /** Total allowance; `null` if it was never limited. */
  readonly allowed: Amount | null;
  /** Average price of its open items, or that of a single item; `null` if it has none of its own. */
  readonly price: number | null;
  /** Whether it reported that it waits for a larger allowance. */
  readonly needsFunds: boolean;
}

export interface DayBudget {
  /** Days since 1970-01-01. */
  readonly day: number;
  readonly cap: DayCap;
  /** Drawn today by holders that are gone. */
  readonly closed: Amount;
  readonly draws: Readonly<Record<string, Draw>>;
  /** Since when a holder has been waiting for more than is left, in ms since the epoch. */
  readonly usedUpAt: number | null;
  /** Memories from before this time belong to an earlier governor. In ms since the epoch. */
  readonly bornAt: number;
}

/** What a holder remembers for a later governor. */
export interface DayMemory {
  readonly day: number;
  readonly cap: DayCap;
  /** Drawn by all holders together. */
  readonly drawn: Amount;
  /** In ms since the epoch. */
  readonly at: number;
}

/** A holder's report of its spending. */
export interface SpendingReport {
  /** Total of a batch since its start; `null` for a single item. */
  readonly spent: { readonly submissions: number; readonly cost: number } | null;
  /** Its latest allowance; `null` if unlimited. */
  readonly allowed: Allowance | null;
  /** Average price of its open items, in the unit of `cost`; `null` without prices. */
  readonly price: number | null;
  /** Whether it has nothing in flight and its allowance does not cover the next item. */
  readonly needsFunds: boolean;
  /** Outcome of a single item's only submission; `null` if it had none, and for a batch. */
  readonly billingOutcome: BillingOutcome | null;
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

/** Starts a new day after midnight. Unspent reservations are drawn from the new day. */
export function advanceDay(budget: DayBudget, now: number): DayBudget {
  const day = toDay(now);
  if (day <= budget.day) return budget;
  const draws = mapDraws(budget.draws, (draw) => ({ ...draw, base: draw.spent }));
  return { ...budget, day, closed: NOTHING, draws, usedUpAt: null };
}

/** Changes the budget; absent fields stay. */
export function setCap(budget: DayBudget, change: Partial<DayCap>): DayBudget {
  const prices = { ...budget.cap.prices, ...change.prices };
  const cap = { ...budget.cap, ...change, prices };
  const draws = isCapped(cap) ? budget.draws : mapDraws(budget.draws, (draw) => ({ ...draw, allowed: null }));
  return { ...budget, cap, draws, usedUpAt: null };
}

export function isCapped({ submissions, cost }: DayCap): boolean {
  return submissions !== null || cost !== null;
}

/** Spent today, or reserved for submissions in flight or due. */
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
