/** Allowances within a budget: pure arithmetic over submissions and cost. */
import { formatCount } from '../base/format-count';
import type { Allowance, Spending } from './spending';

const DIMENSIONS = ['submissions', 'cost', 'duplicates'] as const;
type Dimension = (typeof DIMENSIONS)[number];
/** Tolerance for sums of decimal prices. */
const ROUNDING = 1e-9;

export function addSpending(left: Spending, right: Spending): Spending {
  return {
    submissions: left.submissions + right.submissions,
    cost: left.cost + right.cost,
    duplicates: left.duplicates + right.duplicates,
  };
}

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

/** What is left of the allowance; at least nothing. */
export function reduceAllowance(allowance: Allowance, spent: Spending): Allowance {
  const of = (name: Dimension) => {
    const most = allowance[name];
    return most === null ? null : Math.max(0, most - spent[name]);
  };
  return { submissions: of('submissions'), cost: of('cost'), duplicates: of('duplicates') };
}

/** The lesser of each field. */
export function combineAllowances(left: Allowance, right: Allowance): Allowance {
  const of = (name: Dimension) => {
    const [one, other] = [left[name], right[name]];
    return one === null || other === null ? (one ?? other) : Math.min(one, other);
  };
  return { submissions: of('submissions'), cost: of('cost'), duplicates: of('duplicates') };
}

/** A part that draws on the budget: its total allowance, its spending, and its remaining items. */
export interface Spender {
  readonly allowance: Allowance;
  readonly spent: Spending;
  readonly open: number;
  /** Cost of its remaining items. */
  readonly openCost: number;
}

/**
 * Allowances that cover the remaining needs, the first before the others, as far as the budget reaches. An allowance is
 * never reduced, because it may be spent already.
 *
 * @param spent spending of parts that no longer draw
 */
export function fundSpenders(budget: Allowance, spent: Spending, spenders: readonly Spender[]): readonly Allowance[] {
  const needs: Readonly<Record<Dimension, (spender: Spender) => number>> = {
    submissions: ({ spent: { submissions }, open }) => submissions + open,
    cost: ({ spent: { cost }, openCost }) => cost + openCost,
    // It is unknown which page will need them, so the oldest has all of them until it ends.
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

/** A part with an unlimited allowance has drawn what it has spent so far. */
function computeDrawn({ allowance, spent }: Spender, of: Dimension): number {
  return allowance[of] ?? spent[of];
}

function computeLeft(budget: number, spent: number, spenders: readonly Spender[], of: Dimension): number {
  return budget - spent - spenders.reduce((sum, spender) => sum + computeDrawn(spender, of), 0);
}

/** The part of the budget that is not allotted. */
export function computeUnallotted(budget: Allowance, spent: Spending, spenders: readonly Spender[]): Allowance {
  const of = (name: Dimension) => {
    const most = budget[name];
    return most === null ? null : computeLeft(most, spent[name], spenders, name);
  };
  return { submissions: of('submissions'), cost: of('cost'), duplicates: of('duplicates') };
}

/** Describes the limit that was reached; `null` while one more item is affordable. */
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
