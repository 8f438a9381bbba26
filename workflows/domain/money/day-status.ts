/** The status of a daily budget for people and scripts. */
import { formatCount } from '../base/format-count';
import { DAY_BUDGET_USED, type HoldNotice } from '../failures/hold-codes';
import {
  type Amount,
  addAmounts,
  computeCost,
  computeDayEnd,
  DAY_MS,
  type DayBudget,
  isCapped,
  subtractAmounts,
  sumDrawn,
} from './day-budget';

/** Notice for a holder that wants more than the day has left. */
export function buildUsedUpNotice(budget: DayBudget, now: number): HoldNotice {
  const { submissions, cost } = budget.cap;
  const caps = [
    ...(submissions === null ? [] : [formatCount(submissions, 'submission')]),
    ...(cost === null ? [] : [`a cost of ${cost}`]),
  ];
  const until = new Date(computeDayEnd(budget)).toISOString();
  return {
    code: DAY_BUDGET_USED,
    since: new Date(budget.usedUpAt ?? now).toISOString(),
    until,
    cause: null,
    remedy: `The account may spend ${caps.join(' and ')} a day (UTC). It continues at ${until}, or when you raise the budget: "imagepipeline account budget".`,
  };
}

/** The status of the day. */
export interface DayStatus {
  /** ISO 8601, UTC. */
  readonly date: string;
  /** `null`: no cap. */
  readonly allowed: { readonly submissions: number | null; readonly cost: number | null } | null;
  /** Accepted or possibly accepted today, as reported. The cost of failed jobs counts only for batches without prices. */
  readonly spent: { readonly submissions: number; readonly cost: number };
  /** Reserved for submissions in flight or due. */
  readonly setAside: { readonly submissions: number; readonly cost: number };
}

export function toDayStatus(budget: DayBudget): DayStatus {
  const { day, cap, closed, draws } = budget;
  const spent = Object.values(draws)
    .map((draw) => subtractAmounts(draw.spent, draw.base))
    .reduce(addAmounts, closed);
  const set = subtractAmounts(sumDrawn(budget), spent);
  const toSpent = (amount: Amount) => ({ submissions: amount.submissions, cost: roundCost(computeCost(amount, cap)) });
  return {
    date: new Date(day * DAY_MS).toISOString().slice(0, 10),
    allowed: isCapped(cap) ? { submissions: cap.submissions, cost: cap.cost } : null,
    spent: toSpent(spent),
    setAside: toSpent(set),
  };
}

/** The day as one line for people. */
export function describeDay({ date, allowed, spent, setAside }: DayStatus): string {
  const of = (name: 'submissions' | 'cost', unit: (amount: number) => string) => {
    const most = allowed?.[name] ?? null;
    if (most === null) return spent[name] === 0 ? [] : [unit(spent[name])];
    return [`${spent[name]} of ${unit(most)}, ${setAside[name]} set aside`];
  };
  const submissions = of('submissions', (count) => formatCount(count, 'submission'));
  return [`${date} (UTC)`, ...submissions, ...of('cost', (amount) => `${amount} cost`)].join(' · ');
}

function roundCost(cost: number): number {
  return Math.round(cost * 1e6) / 1e6;
}
