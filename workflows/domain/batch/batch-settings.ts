/** What holds for a whole batch, whatever its items are. */
import type { Allowance } from '../money/spending';
import type { OnTooManyFailures } from './batch-state';

/** What holds for every item of a batch. */
export interface ItemSettings {
  /** Time for one item from its first permit, in ms. */
  readonly deadlineMs: number;
  /** In ms; default from the operation's row. */
  readonly jobTimeBudgetMs?: number;
}

export interface BatchSettings {
  /** Each image as a workflow of its own, with a row of its own in Temporal UI, instead of inline. Default false. */
  readonly workflowPerImage?: boolean;
  /** Jobs in flight at the most; default as many as the account allows. */
  readonly concurrency?: number | null;
  /** Its share of the account beside other batches, from 0.1 to 1000; default 1. */
  readonly weight?: number;
  /** Of one submission by operation, in the unit of the budget; default none. */
  readonly prices?: Readonly<Record<string, number>>;
  /** For instance `12` or `5%`; default all. */
  readonly maxFailures?: string;
  /** Default `pause`. */
  readonly onTooManyFailures?: OnTooManyFailures;
  /** Time for the whole batch from its start, in ms; default none. */
  readonly deadlineMs?: number;
  readonly items: ItemSettings;
}

/** What can be changed while a batch runs; what is absent stays as it is. */
export interface BatchChange {
  /** Jobs in flight at most; `null`: as many as the account allows. */
  readonly concurrency?: number | null;
  /** Failed and unknown items to tolerate, for instance `12` or `5%`. */
  readonly maxFailures?: string;
  /** What this run may spend in all; `null` removes a limit. A batch that its budget paused resumes if it is enough. */
  readonly budget?: Partial<Allowance>;
  /** Its share of the account relative to other batches, from 0.1 to 1000. */
  readonly weight?: number;
}
