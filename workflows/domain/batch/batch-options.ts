/** The options of a batch, and the settings that it starts with. */
import { DEFAULT_DEADLINE_MS } from '../base/defaults';
import { withoutMissing } from '../base/without-missing';
import type { RequestFields } from '../item/item';
import type { Allowance } from '../money/spending';
import type { NotifyOptions } from '../notifications/notify-options';
import type { OperationName } from '../operations/operations';
import type { BatchSettings } from './batch-settings';
import type { OnTooManyFailures } from './batch-state';

/** A row as a caller passes it to a workflow. */
export interface GivenRow {
  /** Unique in the batch; letters, digits, `.`, `_`, `-`. */
  readonly key: string;
  /** Default `generate/image`. */
  readonly operation?: OperationName;
  /** The provider's fields, which only the provider checks. A picture may be `item:ID` or `batch:ID/KEY`. */
  readonly request: RequestFields;
}

/** Limits of a run of a batch, and where it sends notifications; each is optional. */
export interface BatchLimits extends NotifyOptions {
  /** Maximum jobs in flight, from 1 to 10000. Default: as many as the account allows. */
  readonly concurrency?: number | null;
  /** Share of the account relative to other batches, from 0.1 to 1000. Default 1. */
  readonly weight?: number;
  /**
   * The batch pauses before it exceeds its budget. Default: no limit, and no submission of unknown outcome is repeated.
   * `duplicates` allows that many repetitions; each may be a second payment.
   */
  readonly budget?: Partial<Allowance>;
  /** Price of one submission by operation, in the unit of `budget.cost`. */
  readonly prices?: Readonly<Partial<Record<OperationName, number>>>;
}

/** Options of a batch; each is optional. */
export interface BatchOptions extends BatchLimits {
  /** Failed and unknown items to tolerate: a number, or a share like `5%`. Default: all. */
  readonly maxFailures?: number | string;
  /** What to do when `maxFailures` is exceeded. Default `pause`. */
  readonly onTooManyFailures?: OnTooManyFailures;
  /** Time limit of the batch, in ms, after which the remaining items are cancelled. Default: none. */
  readonly deadlineMs?: number;
  /** Time limit per item, in ms. Default 24 h. */
  readonly itemDeadlineMs?: number;
  /** Time after which a job counts as overdue, in ms. Default: from its operation. */
  readonly jobTimeBudgetMs?: number;
  /** Whether each item runs as its own workflow, with a row in Temporal UI; slower. Default false. */
  readonly workflowPerImage?: boolean;
}

/** The limits of one run of a batch. */
interface RunLimits extends Required<Pick<BatchSettings, 'concurrency' | 'weight' | 'prices'>> {
  readonly budget: Allowance;
  readonly notify?: string;
  readonly notifyFailures?: string;
}

/**
 * Returns the limits of one run of a batch.
 *
 * @param before limits of the earlier run, which apply where no new one is given; its budget and its receiver do not
 */
export function toLimits(
  { concurrency, weight, budget = {}, prices = {}, notify, notifyFailures }: BatchLimits,
  before: Pick<BatchSettings, 'concurrency' | 'weight' | 'prices'> = {},
): RunLimits {
  const { submissions = null, cost = null, duplicates = 0 } = budget;
  return {
    concurrency: concurrency ?? before.concurrency ?? null,
    weight: weight ?? before.weight ?? 1,
    budget: { submissions, cost, duplicates },
    prices: { ...before.prices, ...definedOnly(prices) },
    ...withoutMissing({ notify }),
    ...(notifyFailures === undefined ? {} : { notifyFailures: String(notifyFailures) }),
  };
}

/**
 * Converts valid options to the settings that a batch starts with.
 *
 * @param before settings that apply where no new one is given. Default: none
 */
export function toStartSettings(
  options: BatchOptions,
  before: Partial<BatchSettings> & { readonly budget?: Allowance } = {},
): BatchSettings & RunLimits {
  const { itemDeadlineMs = before.items?.deadlineMs ?? DEFAULT_DEADLINE_MS } = options;
  const { jobTimeBudgetMs = before.items?.jobTimeBudgetMs } = options;
  const { maxFailures = before.maxFailures, deadlineMs = before.deadlineMs } = options;
  return {
    ...toLimits({ ...options, budget: { ...before.budget, ...withoutMissing(options.budget ?? {}) } }, before),
    items: { deadlineMs: itemDeadlineMs, ...(jobTimeBudgetMs === undefined ? {} : { jobTimeBudgetMs }) },
    onTooManyFailures: options.onTooManyFailures ?? before.onTooManyFailures ?? 'pause',
    workflowPerImage: options.workflowPerImage ?? before.workflowPerImage ?? false,
    ...(maxFailures === undefined ? {} : { maxFailures: String(maxFailures) }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  };
}

function definedOnly(prices: Readonly<Partial<Record<string, number>>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(prices).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}
