/** What may be spent, what was, and what a submission has cost. */

/** `null`: without end. Cost is in the unit of the prices that were given. */
export interface Allowance {
  readonly submissions: number | null;
  readonly cost: number | null;
  /** Submissions of unknown outcome that may be sent again, each of them perhaps a second payment. */
  readonly duplicates: number | null;
}

/** What was spent or may have been: submissions accepted, under way or unknown, and their prices; a failed job is free. */
export interface Spending {
  readonly submissions: number;
  readonly cost: number;
  readonly duplicates: number;
}

/** Without end, but nothing is paid twice unless somebody says so. */
export const NO_BUDGET: Allowance = { submissions: null, cost: null, duplicates: 0 };

export const NOTHING_SPENT: Spending = { submissions: 0, cost: 0, duplicates: 0 };

/** What became of a submission, as far as money goes: `unsent` was provably not accepted, `failed` is not charged. */
export type BillingOutcome = 'unsent' | 'failed' | 'charged';
