/** Allowances, spending, and the cost of submissions. */

/** `null`: unlimited. Cost is in the unit of the given prices. */
export interface Allowance {
  readonly submissions: number | null;
  readonly cost: number | null;
  /** Submissions of unknown outcome that may be repeated, each a possible second payment. */
  readonly duplicates: number | null;
}

/** Spent or possibly spent: accepted, running and unknown submissions and their prices; a failed job is free. */
export interface Spending {
  readonly submissions: number;
  readonly cost: number;
  readonly duplicates: number;
}

/** Unlimited, except that nothing is paid twice without permission. */
export const NO_BUDGET: Allowance = { submissions: null, cost: null, duplicates: 0 };

export const NOTHING_SPENT: Spending = { submissions: 0, cost: 0, duplicates: 0 };

/** A submission's outcome for billing: `unsent` was not accepted, `failed` is not charged. */
export type BillingOutcome = 'unsent' | 'failed' | 'charged';
