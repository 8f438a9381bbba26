/** Checks the options of a batch, and the changes of a running one. */

import { findDurationProblem } from '../../workflows/domain/base/durations';
import { isObject } from '../../workflows/domain/base/is-object';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { BatchOptions } from '../../workflows/domain/batch/batch-options';
import type { BatchChange, BatchSettings } from '../../workflows/domain/batch/batch-settings';
import { findChangeProblems } from '../../workflows/domain/batch/input-checks';
import {
  findBudgetProblem,
  findConcurrencyProblem,
  findMaxFailuresProblem,
  findWeightProblem,
} from '../../workflows/domain/batch/settings-checks';
import { findAddressProblem } from '../../workflows/domain/notifications/notify-options';
import { isOperationName, OPERATION_NAMES } from '../../workflows/domain/operations/operations';
import { adviseOperation } from './operation-advice';
import type { FieldProblem } from './request-schema';

/** Options from untyped callers. */
export type Unchecked<T> = { readonly [K in keyof T]?: unknown };

type Check = (value: unknown) => string | null;

const CHECKS: Readonly<Record<Exclude<keyof BatchOptions, 'budget' | 'prices'>, Check>> = {
  concurrency: (value) => (value === null ? null : findConcurrencyProblem(value)),
  weight: findWeightProblem,
  maxFailures: (value) => findMaxFailuresProblem(toMaxFailures(value)),
  onTooManyFailures: (value) =>
    value === 'pause' || value === 'cancel' ? null : `is ${JSON.stringify(value)}; must be pause or cancel`,
  notify: findAddressProblem,
  notifyFailures: (value) => findMaxFailuresProblem(toMaxFailures(value)),
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
 * @param before settings that apply where no new one is given
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
  return [
    ...simple,
    ...findNotifyProblems(given),
    ...findBudgetProblems(given.budget, hasPrices),
    ...findPricesProblems(prices),
  ];
}

function findNotifyProblems({ notify, notifyFailures }: Unchecked<BatchOptions>): readonly FieldProblem[] {
  const isMissing = notifyFailures !== undefined && notify === undefined;
  return isMissing ? [{ field: 'notifyFailures', problem: 'requires notify' }] : [];
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
    problem: `is not known; must be one of ${BUDGET_PARTS.join(', ')}`,
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
  if (!isOperationName(operation)) return `is not an operation; ${adviseOperation(operation)}`;
  const isPrice = typeof price === 'number' && Number.isFinite(price) && price >= 0;
  return isPrice ? null : `is ${JSON.stringify(price)}; must be a number of 0 or more`;
}

/** Accepts a number of items as a number, too. */
function toMaxFailures(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value;
}

/** Changes of a running batch. Absent settings do not change. */
export interface BatchChanges extends Pick<BatchOptions, 'concurrency' | 'maxFailures' | 'budget' | 'weight'> {}

/** Every problem of a change that can be detected without the batch. */
export function findBatchChangeProblems(changes: Unchecked<BatchChanges>): readonly FieldProblem[] {
  return findChangeProblems({ ...changes, ...convertMaxFailures(changes) }, true).map(splitBudget);
}

/** The budget's check names the part at fault in its sentence. */
function splitBudget({ field, problem }: FieldProblem): FieldProblem {
  const part = field === 'budget' ? BUDGET_PARTS.find((name) => problem.startsWith(`${name} `)) : undefined;
  return part === undefined ? { field, problem } : { field: `budget.${part}`, problem: problem.slice(part.length + 1) };
}

function convertMaxFailures({ maxFailures }: Unchecked<BatchChanges>): { readonly maxFailures?: unknown } {
  return maxFailures === undefined ? {} : { maxFailures: toMaxFailures(maxFailures) };
}

/** Converts the change for the workflow. */
export function toBatchChange({ maxFailures, ...change }: BatchChanges): BatchChange {
  return { ...withoutMissing(change), ...(maxFailures === undefined ? {} : { maxFailures: String(maxFailures) }) };
}
