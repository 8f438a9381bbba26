/** What the pages of a batch may spend, and whether any of them can go on with that. Pure. */
import { isSameAllowance } from '../leases/lease';
import {
  combineAllowances,
  computeUnallotted,
  fundSpenders,
  isWithin,
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
    schedule.open.map(toSpender),
    price,
  );
  const open = schedule.open.map((page, index) => ({ ...page, allowance: allowances[index] ?? page.allowance }));
  return { ...schedule, open };
}

function toSpender({ allowance, tally }: OpenPage): Spender {
  return { allowance, spent: toSpending(tally), open: countOpen(tally) };
}

function sumClosedSpending({ closed, spentBefore }: BatchSchedule): Spending {
  return subtractSpending(toSpending(closed), spentBefore);
}

/** By the batch's own budget and by what the account has set aside for it. */
function computeAllowance({ budget, grant }: BatchSchedule): Allowance {
  return grant?.allowance === undefined ? budget : combineAllowances(budget, grant.allowance);
}

/** Whether it reaches for an item of a page that is not open yet. */
export function isPayable(schedule: BatchSchedule, by = computeAllowance(schedule)): boolean {
  const left = computeUnallotted(by, sumClosedSpending(schedule), schedule.open.map(toSpender));
  return isWithin({ submissions: 1, cost: schedule.price, duplicates: 0 }, left);
}

export function isWithinBudget(schedule: BatchSchedule): boolean {
  return isPayable(schedule, schedule.budget);
}

/** It has nothing in flight and has said that it may pay for nothing, and its allowance is what it was told then. */
export function lacksFunds({ needsFunds, allowance, lastGrant }: OpenPage): boolean {
  return needsFunds && isSameAllowance(allowance, lastGrant?.allowance);
}

/** Spent since this run of the batch began, or set aside for what is under way. */
export function sumSpent(schedule: BatchSchedule): Spending {
  // Parts that were never opened have spent nothing, and there may be thousands: this is asked for at every turn.
  const begun = schedule.open.reduce((sum, { tally }) => addTallies(sum, tally), schedule.closed);
  return subtractSpending(toSpending(begun), schedule.spentBefore);
}

/** What is spent if every page has used up what it was allowed, which its reports tell later. */
export function sumCommitted(schedule: BatchSchedule): Spending {
  const closed = sumClosedSpending(schedule);
  const allowed = (of: keyof Spending) => schedule.open.reduce((sum, { allowance }) => sum + (allowance[of] ?? 0), 0);
  return {
    submissions: closed.submissions + allowed('submissions'),
    cost: closed.cost + allowed('cost'),
    duplicates: closed.duplicates + allowed('duplicates'),
  };
}

/** Items wait, nothing is in flight, and none of them can be paid by the batch's own budget. */
export function isOutOfBudget(schedule: BatchSchedule): boolean {
  return needsFunds(schedule) && !isWithinBudget(schedule);
}

/** Items wait, nothing is in flight, and none of them can be paid. */
export function needsFunds(schedule: BatchSchedule): boolean {
  const { control, open } = schedule;
  if (control !== 'running' || isFinished(schedule) || isPayable(schedule)) return false;
  return open.every(({ needsFunds }) => needsFunds);
}
