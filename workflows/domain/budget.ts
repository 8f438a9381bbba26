/** What may be spent, and how it is set aside before it is: pure arithmetic over submissions and money. */
import type { Tally } from './batch';

/** `null`: without end. Cost is in the unit of the prices that were given. */
export interface Allowance {
  readonly submissions: number | null;
  readonly cost: number | null;
}

/** What was spent or may have been: submissions accepted, under way or unknown, and their prices; a failed job is free. */
export interface Spending {
  readonly submissions: number;
  readonly cost: number;
}

export const NO_BUDGET: Allowance = { submissions: null, cost: null };
export const NOTHING_SPENT: Spending = { submissions: 0, cost: 0 };

const DIMENSIONS = ['submissions', 'cost'] as const;
/** Prices are decimal fractions, whose sums miss by a little. */
const ROUNDING = 1e-9;

export function spendingOf({ submissions, cost }: Tally): Spending {
  return { submissions, cost };
}

export function lessSpending(left: Spending, right: Spending): Spending {
  return { submissions: left.submissions - right.submissions, cost: left.cost - right.cost };
}

export function isWithin(spending: Spending, allowance: Allowance): boolean {
  return DIMENSIONS.every((of) => {
    const most = allowance[of];
    return most === null || spending[of] <= most + ROUNDING;
  });
}

/** One that draws on the budget: what it was allowed in all, what it has spent of it, and how many items it has left. */
export interface Spender {
  readonly allowance: Allowance;
  readonly spent: Spending;
  readonly open: number;
}

/**
 * Allowances that cover what each still needs, the first before the others, as far as the budget reaches. What was
 * allowed once is never taken back: it may be spent by now.
 *
 * @param spent what those have spent that draw no more
 * @param price the highest of an item
 */
export function funded(
  budget: Allowance,
  spent: Spending,
  spenders: readonly Spender[],
  price: number,
): readonly Allowance[] {
  const unit: Spending = { submissions: 1, cost: price };
  const columns = DIMENSIONS.map((of) => column(budget[of], spent[of], spenders, of, unit[of]));
  return spenders.map((_, index) => ({
    submissions: columns[0]?.[index] ?? null,
    cost: columns[1]?.[index] ?? null,
  }));
}

function column(
  budget: number | null,
  spent: number,
  spenders: readonly Spender[],
  of: (typeof DIMENSIONS)[number],
  unit: number,
): readonly (number | null)[] {
  if (budget === null) return spenders.map(() => null);
  let left = budget - spent - spenders.reduce((sum, spender) => sum + drawn(spender, of), 0);
  return spenders.map((spender) => {
    const { spent: own, open } = spender;
    const now = drawn(spender, of);
    const more = Math.max(0, Math.min(left, own[of] + open * unit - now));
    left -= more;
    return now + more;
  });
}

/** One that was allowed to spend without end has drawn what it has spent by then. */
function drawn({ allowance, spent }: Spender, of: (typeof DIMENSIONS)[number]): number {
  return allowance[of] ?? spent[of];
}

/** What nobody was allowed yet. */
export function unallotted(budget: Allowance, spent: Spending, spenders: readonly Spender[]): Allowance {
  const of = (name: (typeof DIMENSIONS)[number]) => {
    const most = budget[name];
    if (most === null) return null;
    return most - spent[name] - spenders.reduce((sum, spender) => sum + drawn(spender, name), 0);
  };
  return { submissions: of('submissions'), cost: of('cost') };
}

/** Says which cap was reached; `null` while there is room for one more item. */
export function exhaustion(budget: Allowance, spent: Spending, price: number): string | null {
  if (budget.submissions !== null && spent.submissions + 1 > budget.submissions) {
    return `the budget of ${budget.submissions} submissions is used up`;
  }
  if (budget.cost !== null && spent.cost + price > budget.cost + ROUNDING) {
    return `the budget of ${budget.cost} is used up: ${round(spent.cost)} is spent`;
  }
  return null;
}

function round(cost: number): number {
  return Math.round(cost * 1e6) / 1e6;
}
