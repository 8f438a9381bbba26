/** The options of a batch as callers name them, and what a batch is started with. */
import { DEFAULT_DEADLINE_MS } from '../base/defaults';
import type { Allowance } from '../money/spending';
import type { OperationName } from '../operations/operations';
import type { BatchSettings } from './batch-settings';
import type { OnTooManyFailures } from './batch-state';

/** How much a batch may do and spend; each is optional. */
export interface BatchLimits {
  /** Jobs in flight at most, from 1 to 10000. Default as many as the account allows. */
  readonly concurrency?: number | null;
  /** Its share of the account relative to other batches, from 0.1 to 1000. Default 1. */
  readonly weight?: number;
  /**
   * The batch pauses before it would spend more. Default no limit, but no submission whose outcome is unknown is sent again:
   * `duplicates` allows that many, and each may be a second payment.
   */
  readonly budget?: Partial<Allowance>;
  /** What one submission costs, by operation, in the unit of `budget.cost`. */
  readonly prices?: Readonly<Partial<Record<OperationName, number>>>;
}

/** Everything that can be said of a batch beside its rows; each is optional. */
export interface BatchOptions extends BatchLimits {
  /** Failed and unknown items to tolerate: a number, or a share like `5%`. Default all. */
  readonly maxFailures?: number | string;
  /** What follows beyond `maxFailures`. Default `pause`. */
  readonly onTooManyFailures?: OnTooManyFailures;
  /** Cancels what is not done after this time, in ms. Default never. */
  readonly deadlineMs?: number;
  /** Gives up an item after this time, in ms. Default 24 h. */
  readonly itemDeadlineMs?: number;
  /** A job counts as overdue after this time, in ms. Default from its operation. */
  readonly jobTimeBudgetMs?: number;
  /** Each item as a workflow of its own, with a row in Temporal UI; slower. Default false. */
  readonly workflowPerImage?: boolean;
}

/** What a run of a batch may do and spend. */
export interface RunLimits extends Required<Pick<BatchSettings, 'concurrency' | 'weight' | 'prices'>> {
  readonly budget: Allowance;
}

/**
 * The limits of one run of a batch.
 *
 * @param before what holds where nothing is given; a budget is for one run
 */
export function toLimits(
  { concurrency, weight, budget = {}, prices = {} }: BatchLimits,
  before: Pick<BatchSettings, 'concurrency' | 'weight' | 'prices'> = {},
): RunLimits {
  const { submissions = null, cost = null, duplicates = 0 } = budget;
  return {
    concurrency: concurrency ?? before.concurrency ?? null,
    weight: weight ?? before.weight ?? 1,
    budget: { submissions, cost, duplicates },
    prices: { ...before.prices, ...definedOnly(prices) },
  };
}

/** What a batch is started with, of options that have no problems. */
export function toStartSettings(options: BatchOptions): BatchSettings & RunLimits {
  const { itemDeadlineMs = DEFAULT_DEADLINE_MS, jobTimeBudgetMs, maxFailures, deadlineMs } = options;
  return {
    ...toLimits(options),
    items: { deadlineMs: itemDeadlineMs, ...(jobTimeBudgetMs === undefined ? {} : { jobTimeBudgetMs }) },
    onTooManyFailures: options.onTooManyFailures ?? 'pause',
    workflowPerImage: options.workflowPerImage ?? false,
    ...(maxFailures === undefined ? {} : { maxFailures: String(maxFailures) }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  };
}

function definedOnly(prices: Readonly<Partial<Record<string, number>>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(prices).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}
