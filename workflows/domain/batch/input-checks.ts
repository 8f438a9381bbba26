/**
 * Validates workflow inputs. A workflow may be started by hand in Temporal UI or by another SDK, and an unusable input
 * would make its workflow tasks fail repeatedly.
 */
import { PAGE_SIZE } from '../base/defaults';
import { findDurationProblem } from '../base/durations';
import { formatCount } from '../base/format-count';
import { isObject } from '../base/is-object';
import { getOwn } from '../base/own-value';
import { brokenKeyRule } from '../base/safe-key';
import type { InputProblem } from '../item/application-failure';
import type { StoreReference } from '../item/item';
import { findStepProblems } from '../item/step-checks';
import type { Allowance } from '../money/spending';
import { findAddressProblem } from '../notifications/notify-options';
import { isOperationName, OPERATION_NAMES } from '../operations/operations';
import type { GivenRow } from './batch-options';
import type { BatchChange, ItemSettings } from './batch-settings';
import { limitProblems } from './limit-problems';
import type { PageGrant } from './page-protocol';
import { findScheduleIdProblem } from './scheduled-run';
import {
  findBoundsProblem,
  findBudgetProblem,
  findConcurrencyProblem,
  findMaxFailuresProblem,
  findTimeProblem,
  findWeightProblem,
} from './settings-checks';
import { NO_ITEMS, type Tally } from './tally';

type Check = (value: unknown, field: string) => readonly InputProblem[];

export type InputChecks = Readonly<Record<string, Check>>;

/** Fields of an item that only the library and the workflow itself set: messages do not offer them. */
const INTERNAL_FIELDS: readonly string[] = ['jobId', 'supersedes', 'supersededJobs', 'carried'];
const isOffered = (name: string) => !INTERNAL_FIELDS.includes(name);

/** Every problem of an input, in the order of the checks, followed by unknown fields. */
export function findInputProblems(checks: InputChecks, input: unknown): readonly InputProblem[] {
  if (isObject(input)) return findFieldProblems(checks, input, '');
  return [{ field: 'the input', problem: `is ${showKind(input)}; must be an object` }];
}

function findFieldProblems(checks: InputChecks, value: Readonly<Record<string, unknown>>, prefix: string) {
  const known = Object.entries(checks).flatMap(([name, check]) => check(getOwn(value, name), `${prefix}${name}`));
  const others = Object.keys(value).filter((name) => !Object.hasOwn(checks, name));
  const names = Object.keys(checks).filter(isOffered).join(', ');
  return [
    ...known,
    ...others.map((name) => ({ field: `${prefix}${name}`, problem: `is not known; must be one of ${names}` })),
  ];
}

/** Shows a text, and what is in no object: for values that cannot contain a prompt. */
function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : showKind(value);
}

/** Never shows a value that may contain a prompt. */
function showKind(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return 'a text';
  if (Array.isArray(value)) return 'a list';
  return isObject(value) ? 'an object' : JSON.stringify(value);
}

/** @param problemOf returns the problem of a value that is present */
function by(problemOf: (value: unknown) => string | null): Check {
  return (value, field) => {
    const problem = problemOf(value);
    return problem === null ? [] : [{ field, problem }];
  };
}

function kind(isRight: (value: unknown) => boolean, right: string): Check {
  return by((value) => (isRight(value) ? null : `is ${show(value)}; must be ${right}`));
}

export function required(check: Check): Check {
  return (value, field) => (value === undefined ? [{ field, problem: 'is missing' }] : check(value, field));
}

export function optional(check: Check): Check {
  return (value, field) => (value === undefined ? [] : check(value, field));
}

function nullable(check: Check): Check {
  return (value, field) => (value === null ? [] : check(value, field));
}

/** One check per field of `T`; the type makes the list complete. */
type ChecksOf<T> = Readonly<Record<keyof T & string, Check>>;

function object<T = Readonly<Record<string, unknown>>>(checks: ChecksOf<T>): Check {
  return (value, field) => (isObject(value) ? findFieldProblems(checks, value, `${field}.`) : anyObject(value, field));
}

function record(check: Check): Check {
  return (value, field) =>
    isObject(value)
      ? Object.entries(value).flatMap(([name, one]) => check(one, `${field}.${name}`))
      : anyObject(value, field);
}

/** Written by the workflow itself, so it is not checked. */
const anything: Check = () => [];
const anyObject = by((value) => (isObject(value) ? null : `is ${showKind(value)}; must be an object`));
const text = kind((value) => typeof value === 'string' && value !== '', 'a text');
/** A text that names files: an id, a key, an account. */
export const name = by((value) => {
  const rule = typeof value === 'string' ? brokenKeyRule(value) : 'must be a text';
  return rule === null ? null : `is ${show(value)}; ${rule}`;
});
export const flag = kind((value) => typeof value === 'boolean', 'true or false');
const isListOfTexts = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string');
const isWhole = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
const whole = kind(isWhole, 'a whole number from 0');
const amount = kind((value) => typeof value === 'number' && Number.isFinite(value) && value >= 0, 'a number from 0');
const duration = by(findDurationProblem);
const operation = by((value) =>
  typeof value === 'string' && isOperationName(value)
    ? null
    : `is ${show(value)}; must be one of ${OPERATION_NAMES.join(', ')}`,
);

function findPartsProblem(parts: unknown): string | null {
  if (Array.isArray(parts) && parts.length === 0) return 'is empty; must have at least one part';
  const isRight = Array.isArray(parts) && parts.every((size) => isWhole(size) && size > 0);
  return isRight ? null : 'must be a list of whole numbers from 1: the rows of each part';
}

const rows: Check = (value, field) => {
  if (!Array.isArray(value) || value.length === 0 || value.length > PAGE_SIZE) {
    const found = Array.isArray(value) ? `has ${formatCount(value.length, 'row')}` : `is ${showKind(value)}`;
    const right = `must be a list of 1 to ${PAGE_SIZE}: start a larger batch by the library`;
    return [{ field, problem: `${found}; ${right}` }];
  }
  const keys = new Set<string>();
  return limitProblems(value.flatMap((row, index) => findRowProblems(row, `${field}[${index}]`, keys)));
};

const row = object<GivenRow>({ key: required(name), operation: optional(operation), request: required(anyObject) });

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

/** Prices by operation. */
const prices: Check = (value, field) => {
  if (!isObject(value)) return anyObject(value, field);
  return Object.entries(value).flatMap(([name, price]) => [
    ...amount(price, `${field}.${name}`),
    ...(isOperationName(name)
      ? []
      : [{ field: `${field}.${name}`, problem: `is no operation; must be one of ${OPERATION_NAMES.join(', ')}` }]),
  ]);
};

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
  number: required(kind(Number.isSafeInteger, 'a whole number')),
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
  concurrency: optional(nullable(by(findConcurrencyProblem))),
  weight: optional(by(findWeightProblem)),
  prices: optional(prices),
  budget: optional(by(findBudgetProblem)),
  maxFailures: optional(by(findMaxFailuresProblem)),
  onTooManyFailures: optional(kind((value) => value === 'pause' || value === 'cancel', '"pause" or "cancel"')),
  deadlineMs: optional(duration),
  patienceMs: optional(duration),
  startAt: optional(by(findTimeProblem)),
  notify: optional(by(findAddressProblem)),
  notifyFailures: optional(by(findMaxFailuresProblem)),
} satisfies InputChecks;

/** Checks of `imagePipelineBatch` with stored rows. */
export const BATCH_INPUT_CHECKS = {
  parts: required(by(findPartsProblem)),
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
  schedule: required(by(findScheduleIdProblem)),
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
const BATCH_CHANGE_CHECKS = {
  concurrency: optional(nullable(by(findConcurrencyProblem))),
  maxFailures: optional(by(findMaxFailuresProblem)),
  budget: optional(by(findBudgetProblem)),
  weight: optional(by(findWeightProblem)),
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
  bounds: optional(by(findBoundsProblem)),
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
  url: required(by(findAddressProblem)),
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
  steps: optional((value) => findStepProblems(value)),
  keep: optional(kind(isListOfTexts, 'a list of ids of steps')),
  values: optional(anyObject),
  jobId: optional(text),
  account: optional(name),
  waitWhileHeld: optional(flag),
  notify: optional(by(findAddressProblem)),
  supersedes: optional(text),
  supersededJobs: optional(kind(Array.isArray, 'a list')),
  carried: anything,
} satisfies InputChecks;
