/** What may be spent, and how it is set aside before it is: pure arithmetic over submissions and money. */
import { formatCount } from '../base/format-count';
import type { Allowance, Spending } from './spending';

const DIMENSIONS = ['submissions', 'cost', 'duplicates'] as const;
type Dimension = (typeof DIMENSIONS)[number];
/** Prices are decimal fractions, whose sums miss by a little. */
const ROUNDING = 1e-9;

export function subtractSpending(left: Spending, right: Spending): Spending {
  return {
    submissions: left.submissions - right.submissions,
    cost: left.cost - right.cost,
    duplicates: left.duplicates - right.duplicates,
  };
}

export function isWithin(spending: Spending, allowance: Allowance): boolean {
  return DIMENSIONS.every((of) => {
    const most = allowance[of];
    return most === null || spending[of] <= most + ROUNDING;
  });
}

/** The lesser of each part. */
export function combineAllowances(left: Allowance, right: Allowance): Allowance {
  const of = (name: Dimension) => {
    const [one, other] = [left[name], right[name]];
    return one === null || other === null ? (one ?? other) : Math.min(one, other);
  };
  return { submissions: of('submissions'), cost: of('cost'), duplicates: of('duplicates') };
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
export function fundSpenders(
  budget: Allowance,
  spent: Spending,
  spenders: readonly Spender[],
  price: number,
): readonly Allowance[] {
  const needs: Readonly<Record<Dimension, (spender: Spender) => number>> = {
    submissions: ({ spent: { submissions }, open }) => submissions + open,
    cost: ({ spent: { cost }, open }) => cost + open * price,
    // Nobody knows which page will need them, so the oldest has them all until it ends.
    duplicates: () => Number.POSITIVE_INFINITY,
  };
  const columns = DIMENSIONS.map((of) => fundDimension(budget[of], spent[of], spenders, of, needs[of]));
  return spenders.map((_, index) => ({
    submissions: columns[0]?.[index] ?? null,
    cost: columns[1]?.[index] ?? null,
    duplicates: columns[2]?.[index] ?? null,
  }));
}

function fundDimension(
  budget: number | null,
  spent: number,
  spenders: readonly Spender[],
  of: Dimension,
  needs: (spender: Spender) => number,
): readonly (number | null)[] {
  if (budget === null) return spenders.map(() => null);
  let left = computeLeft(budget, spent, spenders, of);
  return spenders.map((spender) => {
    const now = computeDrawn(spender, of);
    const more = Math.max(0, Math.min(left, needs(spender) - now));
    left -= more;
    return now + more;
  });
}

/** One that was allowed to spend without end has drawn what it has spent by then. */
function computeDrawn({ allowance, spent }: Spender, of: Dimension): number {
  return allowance[of] ?? spent[of];
}

function computeLeft(budget: number, spent: number, spenders: readonly Spender[], of: Dimension): number {
  return budget - spent - spenders.reduce((sum, spender) => sum + computeDrawn(spender, of), 0);
}

/** What nobody was allowed yet. */
export function computeUnallotted(budget: Allowance, spent: Spending, spenders: readonly Spender[]): Allowance {
  const of = (name: Dimension) => {
    const most = budget[name];
    return most === null ? null : computeLeft(most, spent[name], spenders, name);
  };
  return { submissions: of('submissions'), cost: of('cost'), duplicates: of('duplicates') };
}

/** Says which cap was reached; `null` while there is room for one more item. */
export function describeExhaustion(budget: Allowance, spent: Spending, price: number): string | null {
  if (budget.submissions !== null && spent.submissions + 1 > budget.submissions) {
    return `the budget of ${formatCount(budget.submissions, 'submission')} is used up`;
  }
  if (budget.cost !== null && spent.cost + price > budget.cost + ROUNDING) {
    return `the budget of ${budget.cost} is used up: ${roundCost(spent.cost)} is spent`;
  }
  return null;
}

function roundCost(cost: number): number {
  return Math.round(cost * 1e6) / 1e6;
}
