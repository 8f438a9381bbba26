/** Settings of a whole batch. */
import type { Allowance } from '../money/spending';
import type { OnTooManyFailures } from './batch-state';

/** Settings of every item of a batch. */
export interface ItemSettings {
  /** Time limit per item from its first permit, in ms. */
  readonly deadlineMs: number;
  /** Time limit per job, in ms. Default: from the operation's row. */
  readonly jobTimeBudgetMs?: number;
}

export interface BatchSettings {
  /** Whether each item runs as its own workflow, a row in Temporal UI, instead of inline. Default false. */
  readonly workflowPerImage?: boolean;
  /** Maximum jobs in flight. Default: as many as the account allows. */
  readonly concurrency?: number | null;
  /** Share of the account relative to other batches, from 0.1 to 1000. Default 1. */
  readonly weight?: number;
  /** Price of one submission by operation, in the unit of the budget. Default: none. */
  readonly prices?: Readonly<Record<string, number>>;
  /** Failures to tolerate, for example `12` or `5%`. Default: all. */
  readonly maxFailures?: string;
  /** Default `pause`. */
  readonly onTooManyFailures?: OnTooManyFailures;
  /** Time limit of the whole batch from its start, in ms. Default: none. */
  readonly deadlineMs?: number;
  readonly items: ItemSettings;
}

/** Changes of a running batch. Absent fields do not change. */
export interface BatchChange {
  /** Maximum jobs in flight; `null` for as many as the account allows. */
  readonly concurrency?: number | null;
  /** Failed and unknown items to tolerate, for instance `12` or `5%`. */
  readonly maxFailures?: string;
  /** Total budget of this run; `null` removes a limit. A batch that its budget paused resumes if the new one suffices. */
  readonly budget?: Partial<Allowance>;
  /** Share of the account relative to other batches, from 0.1 to 1000. */
  readonly weight?: number;
}
