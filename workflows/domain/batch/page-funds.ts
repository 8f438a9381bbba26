/** Allowances of a batch's pages, and whether any page can continue within them. Pure. */
import { isSameAllowance } from '../leases/lease';
import {
  addSpending,
  combineAllowances,
  computeUnallotted,
  fundSpenders,
  isWithin,
  reduceAllowance,
  type Spender,
  subtractSpending,
} from '../money/batch-budget';
import type { Allowance, Spending } from '../money/spending';
import { type BatchSchedule, isFinished, type OpenPage } from './batch-schedule';
import { addTallies, countOpen, toSpending } from './tally';

export function withAllowances(schedule: BatchSchedule): BatchSchedule {
  const { price } = schedule;
  const allowances = fundSpenders(
    computeAllowance(schedule),
    sumClosedSpending(schedule),
    schedule.open.map((page) => toSpender(page, price)),
  );
  const open = schedule.open.map((page, index) => withAllowance(page, allowances[index] ?? page.allowance));
  return { ...schedule, open };
}

function withAllowance(page: OpenPage, allowance: Allowance): OpenPage {
  return isSameAllowance(page.allowance, allowance) ? page : { ...page, allowance };
}

/** A page that has just begun reports soon what its items cost; until then each is assumed to be the cheapest. */
function toSpender({ allowance, tally, openCost }: OpenPage, price: number): Spender {
  const open = countOpen(tally);
  return { allowance, spent: toSpending(tally), open, openCost: openCost ?? open * price };
}

function sumClosedSpending({ closed, spentBefore }: BatchSchedule): Spending {
  return subtractSpending(toSpending(closed), spentBefore);
}

/** The lesser of the batch's own budget and what the account reserved for it. */
function computeAllowance(schedule: BatchSchedule): Allowance {
  const reserved = schedule.grant?.allowance ?? null;
  const own = computeOwnAllowance(schedule);
  return reserved === null ? own : combineAllowances(own, reserved);
}

/** What this run may spend of the batch's budget. */
function computeOwnAllowance({ budget, sharedSpending }: BatchSchedule): Allowance {
  return reduceAllowance(budget, sharedSpending);
}

/** Whether the allowance covers an item of a page that is not open yet. */
export function isPayable(schedule: BatchSchedule, by = computeAllowance(schedule)): boolean {
  const left = computeUnallotted(
    by,
    sumClosedSpending(schedule),
    schedule.open.map((page) => toSpender(page, schedule.price)),
  );
  return isWithin({ submissions: 1, cost: schedule.price, duplicates: 0 }, left);
}

export function isWithinBudget(schedule: BatchSchedule): boolean {
  return isPayable(schedule, computeOwnAllowance(schedule));
}

/** Average price of the open items, as far as it is known; `null` without prices. */
export function computeAveragePrice({ open, price }: BatchSchedule): number | null {
  if (price === 0) return null;
  const known = open.filter(({ openCost, tally }) => openCost !== null && countOpen(tally) > 0);
  const items = known.reduce((sum, { tally }) => sum + countOpen(tally), 0);
  return items === 0 ? price : known.reduce((sum, { openCost }) => sum + (openCost ?? 0), 0) / items;
}

/** Whether it has nothing in flight, reported that it cannot pay, and still has the allowance it reported that with. */
export function lacksFunds({ needsFunds, allowance, lastGrant }: OpenPage): boolean {
  return needsFunds && isSameAllowance(allowance, lastGrant?.allowance ?? null);
}

/** Spent since this run of the batch began, or reserved for submissions in flight. */
export function sumSpent(schedule: BatchSchedule): Spending {
  // Unopened parts have spent nothing and may number thousands; this runs at every step.
  const begun = schedule.open.reduce((sum, { tally }) => addTallies(sum, tally), schedule.closed);
  return subtractSpending(toSpending(begun), schedule.spentBefore);
}

/** What the budget counts: also the spending of earlier runs that share it. */
export function sumBudgeted(schedule: BatchSchedule): Spending {
  return addSpending(sumSpent(schedule), schedule.sharedSpending);
}

/** What the budget counts if every page uses up its allowance; reports correct it later. */
export function sumCommitted(schedule: BatchSchedule): Spending {
  const closed = addSpending(sumClosedSpending(schedule), schedule.sharedSpending);
  const allowed = (of: keyof Spending) => schedule.open.reduce((sum, { allowance }) => sum + (allowance[of] ?? 0), 0);
  return {
    submissions: closed.submissions + allowed('submissions'),
    cost: closed.cost + allowed('cost'),
    duplicates: closed.duplicates + allowed('duplicates'),
  };
}

/** Whether items wait, nothing is in flight, and the batch's own budget covers none of them. */
export function isOutOfBudget(schedule: BatchSchedule): boolean {
  return needsFunds(schedule) && !isWithinBudget(schedule);
}

/** Whether items wait, nothing is in flight, and none of them can be paid. */
export function needsFunds(schedule: BatchSchedule): boolean {
  const { control, open } = schedule;
  if (control !== 'running' || isFinished(schedule) || isPayable(schedule)) return false;
  return open.every(({ needsFunds }) => needsFunds);
}
