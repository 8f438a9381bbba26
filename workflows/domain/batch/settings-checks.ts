/** Validates batch settings. Synchronous, because validators of updates must be. */
import { isObject } from '../base/is-object';
import { isOperationName, OPERATION_NAMES } from '../operations/operations';
import { parseMaxFailures } from './batch-state';

const MAX_CONCURRENCY = 10_000;

export const CONCURRENCY_SCHEMA = { type: 'integer', minimum: 1, maximum: MAX_CONCURRENCY };

export function findConcurrencyProblem(jobs: unknown): string | null {
  const right = typeof jobs === 'number' && Number.isInteger(jobs) && jobs >= 1 && jobs <= MAX_CONCURRENCY;
  return right ? null : `is ${JSON.stringify(jobs)}; must be a whole number from 1 to ${MAX_CONCURRENCY}`;
}

/** A whole number, or a share of at most 100 %. */
export const MAX_FAILURES_SCHEMA = {
  type: 'string',
  pattern: '^[0-9]+([.]0+)?$|^(0*[0-9]{1,2}([.][0-9]+)?|0*100([.]0+)?)%$',
};

export function findMaxFailuresProblem(text: unknown): string | null {
  const right = typeof text === 'string' && parseMaxFailures(text) !== null;
  return right ? null : `is ${JSON.stringify(text)}; must be a number of items or a share, like 12 or 5%`;
}

/** Maximum length of a reason, in characters; it is copied into every status. */
const MAX_REASON_LENGTH = 200;

/** Reason of a pause or a hold; optional. */
export function findReasonProblem(reason: unknown): string | null {
  if (typeof reason === 'string' && reason.length > MAX_REASON_LENGTH) {
    return `has ${reason.length} characters; must have at most ${MAX_REASON_LENGTH}`;
  }
  const right = typeof reason === 'string' || reason === undefined || reason === null;
  return right ? null : `is ${JSON.stringify(reason)}; must be a text, or absent`;
}

/** Upper bounds of an account; fields are optional, and `null` removes a bound. */
export function findBoundsProblem(bounds: unknown): string | null {
  if (typeof bounds !== 'object' || bounds === null)
    return `is ${JSON.stringify(bounds)}; must be like { "maxConcurrency": 12 }`;
  const unknown = findUnknownName(bounds, BOUND_NAMES);
  if (unknown !== null) return unknown;
  const { maxConcurrency = null, maxRate = null } = bounds as Readonly<Record<string, unknown>>;
  if (maxConcurrency !== null && findConcurrencyProblem(maxConcurrency) !== null) {
    return `maxConcurrency ${findConcurrencyProblem(maxConcurrency)}, or null`;
  }
  const isRate = typeof maxRate === 'number' && Number.isFinite(maxRate) && maxRate > 0;
  return maxRate === null || isRate ? null : `maxRate is ${JSON.stringify(maxRate)}; must be above 0, or null`;
}

export const WEIGHT_SCHEMA = { type: 'number', minimum: 0.1, maximum: 1_000 };

/** Weight of a batch relative to others. */
export function findWeightProblem(weight: unknown): string | null {
  const right = typeof weight === 'number' && weight >= 0.1 && weight <= 1_000;
  return right ? null : `is ${JSON.stringify(weight)}; must be a number from 0.1 to 1000`;
}

/** Daily budget of an account; fields are optional, and `null` removes a limit. */
export function findDayCapProblem(cap: unknown): string | null {
  const problem = findBudgetProblem(cap, DAY_CAP_NAMES);
  if (problem !== null) return problem;
  const { price = 0, prices = {} } = cap as Readonly<Record<string, unknown>>;
  if (!isPrice(price)) return `price is ${JSON.stringify(price)}; must be a number from 0`;
  if (!isObject(prices)) return `prices is ${JSON.stringify(prices)}; must be like { "generate/image": 0.04 }`;
  const unknown = Object.keys(prices).find((name) => !isOperationName(name));
  if (unknown !== undefined) return `prices names "${unknown}"; must be one of ${OPERATION_NAMES.join(', ')}`;
  const wrong = Object.entries(prices).find(([, one]) => !isPrice(one));
  return wrong === undefined ? null : `prices of ${wrong[0]} is ${JSON.stringify(wrong[1])}; must be a number from 0`;
}

function isPrice(price: unknown): boolean {
  return typeof price === 'number' && Number.isFinite(price) && price >= 0;
}

const BUDGET_NAMES = ['submissions', 'cost', 'duplicates'];
const DAY_CAP_NAMES = ['submissions', 'cost', 'price', 'prices'];
const BOUND_NAMES = ['maxConcurrency', 'maxRate'];

/** A misspelt limit would be no limit. */
function findUnknownName(given: object, names: readonly string[]): string | null {
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  return unknown === undefined
    ? null
    : `has ${JSON.stringify(unknown)}, which is not known; must be ${names.join(', ')}`;
}

export const BUDGET_SCHEMA = {
  type: 'object',
  properties: {
    submissions: { anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }] },
    cost: { anyOf: [{ type: 'number', minimum: 0 }, { type: 'null' }] },
    duplicates: { type: 'integer', minimum: 0 },
  },
  additionalProperties: false,
};

/** Budget; fields are optional, and `null` removes a limit. */
export function findBudgetProblem(budget: unknown, names: readonly string[] = BUDGET_NAMES): string | null {
  if (!isObject(budget)) return `is ${JSON.stringify(budget)}; must be like { "submissions": 250 }`;
  const unknown = findUnknownName(budget, names);
  if (unknown !== null) return unknown;
  const { submissions = null, cost = null, duplicates = 0 } = budget;
  const isCount = typeof submissions === 'number' && Number.isInteger(submissions) && submissions >= 0;
  if (submissions !== null && !isCount)
    return `submissions is ${JSON.stringify(submissions)}; must be a whole number from 0`;
  const isDuplicates = typeof duplicates === 'number' && Number.isInteger(duplicates) && duplicates >= 0;
  if (!isDuplicates) return `duplicates is ${JSON.stringify(duplicates)}; must be a whole number from 0`;
  const isCost = typeof cost === 'number' && Number.isFinite(cost) && cost >= 0;
  return cost === null || isCost ? null : `cost is ${JSON.stringify(cost)}; must be a number from 0`;
}

/** Narrower than the check, which reads what else JavaScript knows as a time. */
export const TIME_SCHEMA = {
  type: 'string',
  format: 'date-time',
  pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T',
};

/** A time, ISO 8601. */
export function findTimeProblem(time: unknown): string | null {
  const right = typeof time === 'string' && !Number.isNaN(Date.parse(time));
  return right ? null : `is ${JSON.stringify(time)}; must be a time like 2026-12-01T02:00:00Z`;
}
