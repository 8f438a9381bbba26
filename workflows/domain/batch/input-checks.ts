/**
 * Validates workflow inputs. A workflow may be started by hand in Temporal UI or by another SDK, and an unusable input
 * would make its workflow tasks fail repeatedly.
 */
import { PAGE_SIZE } from '../base/defaults';
import { formatCount } from '../base/format-count';
import { isObject } from '../base/is-object';
import { brokenKeyRule } from '../base/safe-key';
import type { InputProblem } from '../item/application-failure';
import type { StoreReference } from '../item/item';
import { findStepProblems, STEPS_SCHEMA } from '../item/step-checks';
import type { Allowance } from '../money/spending';
import { ADDRESS_SCHEMA, findAddressProblem } from '../notifications/notify-options';
import { isOperationName, OPERATION_NAMES } from '../operations/operations';
import type { GivenRow } from './batch-options';
import type { BatchChange, ItemSettings } from './batch-settings';
import {
  amount,
  anyObject,
  anything,
  by,
  type ChecksOf,
  check,
  duration,
  findInputProblems,
  flag,
  type InputChecks,
  isWhole,
  kind,
  name,
  nullable,
  object,
  operation,
  optional,
  record,
  required,
  showKind,
  stepIds,
  text,
  whole,
} from './field-checks';
import { limitProblems } from './limit-problems';
import type { PageGrant } from './page-protocol';
import { findScheduleIdProblem } from './scheduled-run';
import {
  BUDGET_SCHEMA,
  CONCURRENCY_SCHEMA,
  findBoundsProblem,
  findBudgetProblem,
  findConcurrencyProblem,
  findMaxFailuresProblem,
  findTimeProblem,
  findWeightProblem,
  MAX_FAILURES_SCHEMA,
  TIME_SCHEMA,
  WEIGHT_SCHEMA,
} from './settings-checks';
import { NO_ITEMS, type Tally } from './tally';

export { findInputProblems, type InputChecks };

function findPartsProblem(parts: unknown): string | null {
  if (Array.isArray(parts) && parts.length === 0) return 'is empty; must have at least one part';
  const isRight = Array.isArray(parts) && parts.every((size) => isWhole(size) && size > 0);
  return isRight ? null : 'must be a list of whole numbers from 1: the rows of each part';
}

const row = object<GivenRow>({ key: required(name), operation: optional(operation), request: required(anyObject) });
const ROWS_SCHEMA = { type: 'array', minItems: 1, maxItems: PAGE_SIZE, items: row.schema };

const rows = check((value, field) => {
  if (!Array.isArray(value) || value.length === 0 || value.length > PAGE_SIZE) {
    const found = Array.isArray(value) ? `has ${formatCount(value.length, 'row')}` : `is ${showKind(value)}`;
    const right = `must be a list of 1 to ${PAGE_SIZE}: start a larger batch by the library`;
    return [{ field, problem: `${found}; ${right}` }];
  }
  const keys = new Set<string>();
  return limitProblems(value.flatMap((one, index) => findRowProblems(one, `${field}[${index}]`, keys)));
}, ROWS_SCHEMA);

/** @param keys keys of earlier rows, to which this row's key is added; case is ignored, as in many file systems */
function findRowProblems(given: unknown, field: string, keys: Set<string>): readonly InputProblem[] {
  const problems = row(given, field);
  if (problems.length > 0 || !isObject(given)) return problems;
  const key = String(given['key']).toLowerCase();
  const isTaken = keys.has(key);
  keys.add(key);
  return isTaken
    ? [{ field: `${field}.key`, problem: `is "${given['key']}", as in another row; each must be unique` }]
    : [];
}

const PRICES_SCHEMA = {
  type: 'object',
  propertyNames: { enum: OPERATION_NAMES },
  additionalProperties: amount.schema,
};

/** Prices by operation. */
const prices = check((value, field) => {
  if (!isObject(value)) return anyObject(value, field);
  return Object.entries(value).flatMap(([name, price]) => [
    ...amount(price, `${field}.${name}`),
    ...(isOperationName(name)
      ? []
      : [{ field: `${field}.${name}`, problem: `is no operation; must be one of ${OPERATION_NAMES.join(', ')}` }]),
  ]);
}, PRICES_SCHEMA);

const items = object<ItemSettings>({ deadlineMs: required(duration), jobTimeBudgetMs: optional(duration) });
const store = object<StoreReference>({ identity: required(text), address: required(text) });
const counts = object(Object.fromEntries(Object.keys(NO_ITEMS).map((count) => [count, required(whole)])));
const tally = object<Tally>({
  counts: required(counts),
  failures: required(record(whole)),
  submissions: required(whole),
  cost: required(amount),
  duplicates: required(whole),
  charged: required(record(amount)),
  steps: optional(record(record(whole))),
});
const allowance = object<Allowance>({
  submissions: required(nullable(amount)),
  cost: required(nullable(amount)),
  duplicates: required(nullable(amount)),
});
const grant = object<PageGrant>({
  number: required(kind(Number.isSafeInteger, 'a whole number', { type: 'integer' })),
  permits: required(whole),
  stop: required(flag),
  allowance: required(allowance),
  spacingMs: required(nullable(amount)),
  restUntil: required(nullable(amount)),
  paceChange: required(whole),
  reportAfter: required(nullable(amount)),
  answersLost: required(flag),
  probe: required(flag),
  heldOperations: optional(record(nullable(whole))),
  holdBelow: optional(record(nullable(amount))),
});

/** For workflows whose id names files. */
export function findIdProblems(id: string): readonly InputProblem[] {
  const rule = brokenKeyRule(id);
  return rule === null
    ? []
    : [{ field: 'the workflow id', problem: `${JSON.stringify(id)} cannot name a file; it ${rule}` }];
}

const BATCH_SETTINGS_CHECKS = {
  account: optional(name),
  workflowPerImage: optional(flag),
  concurrency: optional(nullable(by(findConcurrencyProblem, CONCURRENCY_SCHEMA))),
  weight: optional(by(findWeightProblem, WEIGHT_SCHEMA)),
  prices: optional(prices),
  budget: optional(by(findBudgetProblem, BUDGET_SCHEMA)),
  maxFailures: optional(by(findMaxFailuresProblem, MAX_FAILURES_SCHEMA)),
  onTooManyFailures: optional(
    kind((value) => value === 'pause' || value === 'cancel', '"pause" or "cancel"', { enum: ['pause', 'cancel'] }),
  ),
  deadlineMs: optional(duration),
  patienceMs: optional(duration),
  startAt: optional(by(findTimeProblem, TIME_SCHEMA)),
  notify: optional(by(findAddressProblem, ADDRESS_SCHEMA)),
  notifyFailures: optional(by(findMaxFailuresProblem, MAX_FAILURES_SCHEMA)),
} satisfies InputChecks;

/** Checks of `imagePipelineBatch` with stored rows. */
export const BATCH_INPUT_CHECKS = {
  parts: required(by(findPartsProblem, { type: 'array', minItems: 1, items: { type: 'integer', minimum: 1 } })),
  rowsHash: required(name),
  items: required(items),
  ...BATCH_SETTINGS_CHECKS,
  store: optional(store),
  firstPart: optional(whole),
  base: optional(tally),
  skipped: optional(whole),
  notStarted: optional(whole),
  sharesBudget: optional(flag),
  carried: anything,
} satisfies InputChecks;

/** Checks of `imagePipelineScheduledBatch`. */
export const SCHEDULED_BATCH_INPUT_CHECKS = {
  schedule: required(by(findScheduleIdProblem, { type: 'string' })),
  batch: required(object(BATCH_INPUT_CHECKS)),
  manifestHash: required(text),
} satisfies InputChecks;

const givenItems = object<Partial<ItemSettings>>({
  deadlineMs: optional(duration),
  jobTimeBudgetMs: optional(duration),
});

/** Checks of `imagePipelineBatch` with the rows themselves. */
export const BATCH_ROWS_INPUT_CHECKS = {
  rows: required(rows),
  items: optional(givenItems),
  ...BATCH_SETTINGS_CHECKS,
} satisfies InputChecks;

/** Checks of the update `set` of `imagePipelineBatch`. */
export const BATCH_CHANGE_CHECKS = {
  concurrency: optional(nullable(by(findConcurrencyProblem, CONCURRENCY_SCHEMA))),
  maxFailures: optional(by(findMaxFailuresProblem, MAX_FAILURES_SCHEMA)),
  budget: optional(by(findBudgetProblem, BUDGET_SCHEMA)),
  weight: optional(by(findWeightProblem, WEIGHT_SCHEMA)),
} satisfies ChecksOf<BatchChange>;

/**
 * Every problem of a change to a running batch.
 *
 * @param hasPrices whether the batch counts the cost of its submissions
 */
export function findChangeProblems(change: unknown, hasPrices: boolean): readonly InputProblem[] {
  const problems = findInputProblems(BATCH_CHANGE_CHECKS, change);
  if (problems.length > 0 || !isObject(change)) return problems;
  const names = Object.keys(BATCH_CHANGE_CHECKS).join(', ');
  const isEmpty = Object.values(change).every((part) => isObject(part) && Object.keys(part).length === 0);
  if (isEmpty) return [{ field: 'the change', problem: `is empty; must have ${names}` }];
  const { cost = null } = (change['budget'] ?? {}) as Partial<Allowance>;
  return cost === null || hasPrices ? [] : [{ field: 'budget.cost', problem: NEEDS_PRICES }];
}

const NEEDS_PRICES = 'requires prices, but the batch was started without prices; set budget.submissions instead';

/** Checks of `imagePipelinePage`. */
export const PAGE_INPUT_CHECKS = {
  batchRun: required(text),
  batchId: required(name),
  part: required(whole),
  rowsHash: required(name),
  store: optional(store),
  grant: required(grant),
  items: required(items),
  prices: required(record(amount)),
  account: optional(name),
  workflowPerImage: required(flag),
  patienceMs: optional(duration),
  previousRun: required(nullable(text)),
  carried: anything,
} satisfies InputChecks;

/** Checks of `imagePipelineAccount`. */
export const GOVERNOR_INPUT_CHECKS = {
  account: required(name),
  bounds: optional(by(findBoundsProblem, { type: 'object' })),
  auditMs: optional(duration),
  carried: anything,
} satisfies InputChecks;

/** Checks of `imagePipelineBatchItem`, whose page writes what is in them. */
export const BATCH_ITEM_INPUT_CHECKS = {
  submit: required(anyObject),
  terms: required(anyObject),
  read: required(anyObject),
} satisfies InputChecks;

/** Checks of `imagePipelineNotification`, whose sender writes the event. */
export const NOTIFICATION_INPUT_CHECKS = {
  url: required(by(findAddressProblem, ADDRESS_SCHEMA)),
  event: required(anyObject),
} satisfies InputChecks;

/** Checks of every requested item. */
export const TERM_CHECKS = {
  operation: optional(operation),
  deadlineMs: optional(duration),
  jobTimeBudgetMs: optional(duration),
} satisfies InputChecks;

/** Checks of `imagePipelineItem`, in addition to the request. */
export const ITEM_INPUT_CHECKS = {
  ...TERM_CHECKS,
  request: optional(anyObject),
  steps: optional(check((value) => findStepProblems(value), STEPS_SCHEMA)),
  keep: optional(stepIds),
  values: optional(anyObject),
  jobId: optional(text),
  account: optional(name),
  waitWhileHeld: optional(flag),
  notify: optional(by(findAddressProblem, ADDRESS_SCHEMA)),
  supersedes: optional(text),
  supersededJobs: optional(kind(Array.isArray, 'a list', { type: 'array' })),
  carried: anything,
} satisfies InputChecks;

/** An item has one of these. */
const SOURCES = ['request', 'steps', 'jobId'] as const;

/** The problem of an item without work, or with too much. A job may come with its request. */
export function findSourceProblems(input: Readonly<Partial<Record<(typeof SOURCES)[number], unknown>>>) {
  const given = SOURCES.filter((name) => input[name] !== undefined);
  if (given.length === 1 || (given.length === 2 && !given.includes('steps'))) return [];
  if (given.length > 0) return [{ field: given.join(' and '), problem: 'exclude each other' }];
  return [{ field: 'request', problem: 'is missing; must be an object, for example { "request": { "prompt": "…" } }' }];
}
