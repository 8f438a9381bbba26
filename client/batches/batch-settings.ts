/** The settings of a batch as callers give them, what is wrong with them, and what a batch is started with. */
import { findDurationProblem } from '../../workflows/domain/base/durations';
import type { BatchChange, BatchSettings } from '../../workflows/domain/batch/batch-settings';
import type { OnTooManyFailures } from '../../workflows/domain/batch/batch-state';
import {
  findBudgetProblem,
  findConcurrencyProblem,
  findMaxFailuresProblem,
  findWeightProblem,
} from '../../workflows/domain/batch/settings-checks';
import type { Allowance } from '../../workflows/domain/money/spending';
import { isOperationName, OPERATION_NAMES, type OperationName } from '../../workflows/domain/operations/operations';
import { type BatchInput, DEFAULT_DEADLINE_MS } from '../../workflows/messages';
import { InvalidRequestError } from '../errors';
import type { FieldProblem } from '../requests/request-schema';
import type { BatchStartSettings } from './start-batch';

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

/** As callers without types may give them. */
export type Unchecked<T> = { readonly [K in keyof T]?: unknown };

type Check = (value: unknown) => string | null;

const CHECKS: Readonly<Record<Exclude<keyof BatchOptions, 'budget' | 'prices'>, Check>> = {
  concurrency: (value) => (value === null ? null : findConcurrencyProblem(value)),
  weight: findWeightProblem,
  maxFailures: (value) => findMaxFailuresProblem(toMaxFailures(value)),
  onTooManyFailures: (value) =>
    value === 'pause' || value === 'cancel' ? null : `is ${JSON.stringify(value)}; must be pause or cancel`,
  deadlineMs: findDurationProblem,
  itemDeadlineMs: findDurationProblem,
  jobTimeBudgetMs: findDurationProblem,
  workflowPerImage: (value) =>
    typeof value === 'boolean' ? null : `is ${JSON.stringify(value)}; must be true or false`,
};

const BUDGET_PARTS = ['submissions', 'cost', 'duplicates'] as const;

/**
 * Every problem of the settings, by field, for instance `budget.cost`.
 *
 * @param before what holds where nothing is given
 */
export function findSettingsProblems(
  given: Unchecked<BatchOptions>,
  before: Pick<BatchSettings, 'prices'> = {},
): readonly FieldProblem[] {
  const simple = Object.entries(CHECKS).flatMap(([field, check]) => {
    const value = given[field as keyof BatchOptions];
    const problem = value === undefined ? null : check(value);
    return problem === null ? [] : [{ field, problem }];
  });
  const { prices } = given;
  const hasPrices = [given.prices, before.prices].some((some) => isObject(some) && Object.keys(some).length > 0);
  return [...simple, ...findBudgetProblems(given.budget, hasPrices), ...findPricesProblems(prices)];
}

function findBudgetProblems(budget: unknown, hasPrices: boolean): readonly FieldProblem[] {
  if (budget === undefined) return [];
  if (!isObject(budget)) return [{ field: 'budget', problem: findBudgetProblem(budget) ?? 'must be an object' }];
  const known = BUDGET_PARTS.flatMap((part) => {
    const problem = budget[part] === undefined ? null : findBudgetProblem({ [part]: budget[part] });
    return problem === null ? [] : [{ field: `budget.${part}`, problem: problem.replace(`${part} `, '') }];
  });
  const others = Object.keys(budget).filter((name) => !BUDGET_PARTS.some((part) => part === name));
  const unknown = others.map((name) => ({
    field: `budget.${name}`,
    problem: `is not known; known are ${BUDGET_PARTS.join(', ')}`,
  }));
  const isPriceless = typeof budget['cost'] === 'number' && !hasPrices;
  return [...known, ...unknown, ...(isPriceless ? [{ field: 'budget.cost', problem: NEEDS_PRICES }] : [])];
}

const NEEDS_PRICES = `requires a price of each operation, like ${OPERATION_NAMES[0]} at 0.01`;

function findPricesProblems(prices: unknown): readonly FieldProblem[] {
  if (prices === undefined) return [];
  if (!isObject(prices)) return [{ field: 'prices', problem: 'must be an object of amounts by operation' }];
  return Object.entries(prices).flatMap(([name, price]) => {
    const problem = findPriceProblem(name, price);
    return problem === null ? [] : [{ field: `prices.${name}`, problem }];
  });
}

function findPriceProblem(operation: string, price: unknown): string | null {
  if (!isOperationName(operation)) return `is no operation; known are ${OPERATION_NAMES.join(', ')}`;
  const isPrice = typeof price === 'number' && Number.isFinite(price) && price >= 0;
  return isPrice ? null : `is ${JSON.stringify(price)}; must be a number of 0 or more`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A number of items is as good as its text. */
function toMaxFailures(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value;
}

/** @throws InvalidRequestError with every problem */
export function refuseSettings(given: Unchecked<BatchOptions>, before: Pick<BatchSettings, 'prices'> = {}): void {
  const problems = findSettingsProblems(given, before);
  if (problems.length > 0) throw new InvalidRequestError(problems);
}

type Limits = Required<Pick<BatchInput, 'concurrency' | 'weight' | 'budget' | 'prices'>>;

/**
 * The limits of one run of a batch.
 *
 * @param before what holds where nothing is given; a budget is for one run
 */
export function toLimits(
  { concurrency, weight, budget = {}, prices = {} }: BatchLimits,
  before: Pick<BatchSettings, 'concurrency' | 'weight' | 'prices'> = {},
): Limits {
  const { submissions = null, cost = null, duplicates = 0 } = budget;
  return {
    concurrency: concurrency ?? before.concurrency ?? null,
    weight: weight ?? before.weight ?? 1,
    budget: { submissions, cost, duplicates },
    prices: { ...before.prices, ...keepDefined(prices) },
  };
}

/** What a batch is started with, of options that have no problems. */
export function toStartSettings(options: BatchOptions): BatchStartSettings {
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

/** What can be changed while a batch runs; what is absent stays as it is. */
export interface BatchChanges extends Pick<BatchOptions, 'concurrency' | 'maxFailures' | 'budget' | 'weight'> {}

/** The change as the workflow of a batch takes it; the workflow says what is wrong with it. */
export function toBatchChange({ maxFailures, ...change }: BatchChanges): BatchChange {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), ...(maxFailures === undefined ? {} : { maxFailures: String(maxFailures) }) };
}

function keepDefined(prices: Readonly<Partial<Record<string, number>>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(prices).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}
