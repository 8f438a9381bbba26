/** Schemas of the API's requests about batches and the account. */

import { z } from 'zod';
import { type RedriveTerms, toRedriveTerms } from '../../client/batches/redrive-batch';
import { type StartTermsOfBatch, toStartTerms } from '../../client/batches/start-from-rows';
import { InvalidRequestError } from '../../connection/errors';
import type { BatchChanges, Unchecked } from '../../input/requests/batch-settings';
import type { FieldProblem } from '../../input/requests/request-schema';
import { findSampleProblem } from '../../input/sample';
import { findDurationProblem, MAX_DURATION_MS } from '../../workflows/domain/base/durations';
import { isObject } from '../../workflows/domain/base/is-object';
import { getOwn } from '../../workflows/domain/base/own-value';
import { brokenKeyRule } from '../../workflows/domain/base/safe-key';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { BatchLimits } from '../../workflows/domain/batch/batch-options';
import { REDRIVABLE } from '../../workflows/domain/batch/redrive-summary';
import {
  findBudgetProblem,
  findConcurrencyProblem,
  findMaxFailuresProblem,
  findWeightProblem,
} from '../../workflows/domain/batch/settings-checks';
import { OPERATION_NAMES, type OperationName } from '../../workflows/domain/operations/operations';
import { describeUnknownField } from './issue-text';
import { notifyFields } from './notify-fields';
import { MAX_FAILURES_PATTERN, refineSchema } from './refine-schema';

export const MOVED_SERVER =
  'confirm that the batch, started on another Temporal server or namespace, no longer runs there';
export const SKIP_STORE_CHECK = 'do not check that the workers use the store of the gateway';
export const SAMPLE = 'start only so many items, evenly distributed; repeat the request without it to start the rest';
export const MAX_FAILURES = 'failed and unknown items to tolerate: a number, or a share like 5%';

export const operationSchema = z.enum(OPERATION_NAMES as [OperationName, ...OperationName[]]);

/** @param whole schema of a whole number in a query or in JSON */
const duration = (whole: z.ZodType<number>) =>
  refineSchema(whole, findDurationProblem).meta({ minimum: 1, maximum: MAX_DURATION_MS });
export const milliseconds = duration(z.int());

/** The rule of ids for the document, without the names that Windows reserves: not every language has patterns for them. */
const ID_PATTERN = '^[A-Za-z0-9_]([A-Za-z0-9._-]{0,126}[A-Za-z0-9_-])?$';

export const idSchema = refineSchema(z.string(), (text) => {
  const rule = brokenKeyRule(text);
  return rule === null ? null : `is ${JSON.stringify(text)}; ${rule}`;
}).meta({ pattern: ID_PATTERN });

/** The beginning of an id. */
export const prefixSchema = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, 'must be the beginning of an id: letters, digits, ".", "_" and "-"');

export const idParams = z.object({ id: idSchema });

/** Values in a query are text. */
const number = z.coerce.number();
const wholeNumber = z.coerce.number().int();
export const flag = z.stringbool({ truthy: ['true'], falsy: ['false'] }).meta({ type: 'boolean' });

const PRICE_FORM = new RegExp(`^(${OPERATION_NAMES.join('|')})=(\\d+(?:\\.\\d+)?)$`);
const prices = z
  .union([z.string(), z.array(z.string())])
  .transform((texts) => [texts].flat())
  .pipe(
    z.array(
      z
        .string()
        .regex(PRICE_FORM, `is not a price; must be an operation and an amount, like ${OPERATION_NAMES[0]}=0.01`),
    ),
  )
  .transform((texts) => Object.fromEntries(texts.map(findPrice)))
  .meta({ type: 'array', items: { type: 'string', pattern: PRICE_FORM.source }, anyOf: undefined });

/** Pairs like `colour=green`; a name without a value is a variable that does not exist. */
function readPairs(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

function findPrice(text: string): [string, number] {
  const [, name = '', amount] = PRICE_FORM.exec(text) ?? [];
  return [name, Number(amount)];
}

const limitWords = {
  concurrency: 'maximum jobs in flight; default as many as the account allows',
  weight: 'share of the account relative to other batches; default 1',
  budgetSubmissions: 'pause before exceeding this number of submissions',
  budgetCost: 'pause before exceeding this cost, by the given prices',
  allowPossibleDuplicates: 'resubmit at most this many items of unknown outcome; each may be paid twice; default 0',
} as const;

/** Bounds for the document. The library checks them, and says what is allowed. */
export const JOBS = { minimum: 1, maximum: 10_000 };
const WEIGHTS = { minimum: 0.1, maximum: 1_000 };
export const FROM_0 = { minimum: 0 };
export const ABOVE_0 = { exclusiveMinimum: 0 };
type LimitSchemas = Readonly<Record<keyof typeof limitWords, z.ZodType<number>>>;

const count = (schema: z.ZodType<number>, name: 'submissions' | 'cost' | 'duplicates') =>
  refineSchema(schema, (value) => findBudgetProblem({ [name]: value }));

/** @param of schema of a number in a query or in JSON */
export function limitFields(of: z.ZodType<number>, whole: z.ZodType<number>) {
  const schemas = {
    concurrency: refineSchema(whole, findConcurrencyProblem).meta(JOBS),
    weight: refineSchema(of, findWeightProblem).meta(WEIGHTS),
    budgetSubmissions: count(whole, 'submissions').meta(FROM_0),
    budgetCost: count(of, 'cost').meta(FROM_0),
    allowPossibleDuplicates: count(whole, 'duplicates').meta(FROM_0),
  } satisfies LimitSchemas;
  const described = <N extends keyof typeof limitWords>(name: N) => schemas[name].optional().describe(limitWords[name]);
  return {
    concurrency: described('concurrency'),
    weight: described('weight'),
    budgetSubmissions: described('budgetSubmissions'),
    budgetCost: described('budgetCost'),
    allowPossibleDuplicates: described('allowPossibleDuplicates'),
    ...notifyFields,
  };
}

export const batchQuery = z.strictObject({
  id: idSchema
    .optional()
    .describe('your name for the batch: the same id finds the same batch; default a hash of the rows'),
  ...limitFields(number, wholeNumber),
  price: prices.optional().describe(`price of one submission, like ${OPERATION_NAMES[0]}=0.01; once per operation`),
  maxFailures: refineSchema(z.string(), findMaxFailuresProblem)
    .meta({ pattern: MAX_FAILURES_PATTERN })
    .optional()
    .describe(`${MAX_FAILURES}; default all`),
  onTooManyFailures: z.enum(['pause', 'cancel']).optional().describe('default pause'),
  deadlineMs: duration(wholeNumber).optional().describe('time limit of the batch in ms; default none'),
  itemDeadlineMs: duration(wholeNumber).optional().describe('time limit per item in ms; default one day'),
  jobTimeBudgetMs: duration(wholeNumber)
    .optional()
    .describe('time in ms after which a job counts as overdue; default by operation, 15 minutes for pictures'),
  sample: refineSchema(wholeNumber, findSampleProblem).meta({ minimum: 1 }).optional().describe(SAMPLE),
  workflowPerImage: flag.optional().describe('run each item as its own workflow; slower'),
  values: z
    .union([z.string(), z.array(z.string())])
    .transform((texts) => readPairs([texts].flat()))
    .optional()
    .meta({ type: 'array', items: { type: 'string' }, anyOf: undefined })
    .describe('value of a variable of the recipe, like colour=green; repeatable'),
  skipInvalid: flag.optional().describe('leave out invalid rows'),
  movedServer: flag.optional().describe(MOVED_SERVER),
  skipStoreCheck: flag.optional().describe(SKIP_STORE_CHECK),
  dropDuplicates: flag.optional().describe('leave out rows with the same request as an earlier row'),
});

/** Rows that are added keep the other settings of their batch. */
export const addQuery = batchQuery.omit({
  ...{ id: true, sample: true, values: true, maxFailures: true, onTooManyFailures: true, workflowPerImage: true },
  ...{ deadlineMs: true, itemDeadlineMs: true, jobTimeBudgetMs: true },
});

/** What changes a plan. */
export const planQuery = batchQuery.pick({
  ...{ concurrency: true, price: true, sample: true, values: true, skipInvalid: true, dropDuplicates: true },
});

/** Prices in JSON. */
export const pricesByOperation = z
  .partialRecord(operationSchema, z.number().min(0))
  .optional()
  .describe('price of one submission, by operation');

/** Rows in JSON; the library checks their fields. */
export const givenRows = z.array(z.unknown()).optional();

/** A recipe in JSON; the library checks it. */
export const recipeFields = {
  recipe: z
    .unknown()
    .optional()
    .describe('a recipe as an object, as described by /recipe.schema.json; it cannot name files'),
  values: z.record(z.string(), z.unknown()).optional().describe('values of variables of the recipe'),
};

/** An object without settings would change nothing. */
export function requireOne<T extends z.ZodType<object>>(schema: T): T {
  const findProblem = (value: object) =>
    Object.keys(value).length > 0 ? null : 'is empty; must have at least one field';
  return refineSchema(schema, findProblem).meta({ minProperties: 1 });
}

/** Maximum changes of one request; more of them are rows. */
const MAX_CHANGES = 100;

export const changesSchema = z
  .array(
    z.strictObject({
      key: z.string(),
      step: z.string().optional().describe('id of the step whose fields change; absent if the item has one step'),
      fields: requireOne(z.record(z.string(), z.unknown())).describe('new values; null removes a field'),
    }),
  )
  .min(1)
  .max(MAX_CHANGES)
  .optional()
  .describe('fields that change; the other fields of these items stay as they are. Only these items are rerun');

export const redriveBody = z
  .strictObject({
    outcomes: z.array(z.enum(REDRIVABLE)).min(1).optional().describe('default all whose items cannot be paid twice'),
    allowUnknown: z
      .boolean()
      .optional()
      .describe(
        'also resubmit items that may have been charged and cannot be fetched: each may be paid twice; implied by the outcome "unknown"',
      ),
    fromStep: z
      .string()
      .optional()
      .describe('run this step again and those after it; default the first that is not finished'),
    dryRun: z.boolean().optional().describe('only select, and start nothing'),
    codes: z.array(z.string()).min(1).optional().describe('only items that ended with one of these'),
    keys: z.array(z.string()).min(1).optional().describe('only these items'),
    movedServer: z.boolean().optional().describe(MOVED_SERVER),
    skipStoreCheck: z.boolean().optional().describe(SKIP_STORE_CHECK),
    ...limitFields(z.number(), z.int()),
    prices: pricesByOperation,
    rows: givenRows.describe('requests that replace those of the batch, by key; only these items are rerun'),
    changes: changesSchema,
    ...recipeFields,
  })
  .describe('the items to rerun, and limits; default the limits of the batch');

/** Problems of prices that zod misses: its records drop `__proto__` silently. */
export function findPriceProblems(body: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const given = getOwn(body, 'prices');
  if (!isObject(given) || !Object.hasOwn(given, '__proto__')) return [];
  return [{ field: 'prices.__proto__', problem: describeUnknownField('__proto__', OPERATION_NAMES) }];
}

/** Problems of changed fields that zod misses, like `findPriceProblems`. */
function findFieldProblems(changes: unknown): readonly FieldProblem[] {
  const all: readonly unknown[] = Array.isArray(changes) ? changes : [];
  return all.flatMap((change, index) => {
    const fields = isObject(change) ? getOwn(change, 'fields') : undefined;
    if (!isObject(fields) || !Object.hasOwn(fields, '__proto__')) return [];
    return [{ field: `changes.${index}.fields.__proto__`, problem: 'is not a field of any operation' }];
  });
}

/** Problems between the fields of a redrive. */
export function findRedriveBodyProblems(body: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const others = ['rows', 'recipe', 'values'].filter((name) => getOwn(body, name) !== undefined);
  const isMixed = getOwn(body, 'changes') !== undefined && others.length > 0;
  const mixed = { field: 'changes', problem: `cannot be given with ${others.join(', ')}, which have whole requests` };
  return [...findPriceProblems(body), ...(isMixed ? [mixed] : []), ...findFieldProblems(getOwn(body, 'changes'))];
}

export const atMost = (schema: z.ZodType<number>, words: string) =>
  schema.nullable().optional().describe(`${words}; null removes the limit; absent: no change`);

export const changeBody = requireOne(
  z.strictObject({
    concurrency: atMost(z.int().meta(JOBS), 'maximum jobs in flight'),
    maxFailures: z.string().meta({ pattern: MAX_FAILURES_PATTERN }).optional().describe(MAX_FAILURES),
    budget: requireOne(
      z.strictObject({
        submissions: atMost(z.int().meta(FROM_0), 'maximum submissions of this run'),
        cost: atMost(z.number().meta(FROM_0), 'maximum cost of this run, by the given prices'),
        duplicates: z.int().meta(FROM_0).optional().describe('maximum resubmissions of items of unknown outcome'),
      }),
    )
      .optional()
      .describe('total budget of this run'),
    weight: z.number().meta(WEIGHTS).optional().describe(limitWords.weight),
  }),
).describe('absent settings do not change');

export type BatchQuery = z.output<typeof batchQuery>;
export type RedriveBody = z.output<typeof redriveBody>;
type LimitsGiven = Partial<
  Record<keyof LimitSchemas, number | undefined> & Record<keyof typeof notifyFields, string | undefined>
>;
type Prices = Readonly<Partial<Record<string, number | undefined>>>;

/** Fields whose name differs from the library's, by the library's name. */
const NAME_BY_FIELD: Readonly<Record<string, string>> = {
  'budget.submissions': 'budgetSubmissions',
  'budget.cost': 'budgetCost',
  'budget.duplicates': 'allowPossibleDuplicates',
};

/** Replaces the names of the library's options in an error by those of the request. */
export function byRequestNames(error: unknown): unknown {
  // Taken ids and invalid rows are subclasses with their own problems.
  if (!(error instanceof InvalidRequestError) || error.name !== 'InvalidRequestError') return error;
  return new InvalidRequestError(
    error.problems.map(({ field, problem }) => ({ field: getOwn(NAME_BY_FIELD, field) ?? field, problem })),
  );
}

export function parseStartTerms(query: BatchQuery): StartTermsOfBatch {
  const { id, sample, deadlineMs, itemDeadlineMs, jobTimeBudgetMs, maxFailures, onTooManyFailures } = query;
  const { workflowPerImage, movedServer, skipStoreCheck } = query;
  return toStartTerms({
    ...parseLimits(query, query.price),
    ...{ id, sample, deadlineMs, itemDeadlineMs, jobTimeBudgetMs, maxFailures, onTooManyFailures },
    ...{ workflowPerImage, movedServer, skipStoreCheck },
  });
}

export function parseAddTerms(query: z.output<typeof addQuery>): RedriveTerms {
  const { movedServer, skipStoreCheck } = query;
  return toRedriveTerms({ ...parseLimits(query, query.price), movedServer, skipStoreCheck });
}

export function parseRedriveTerms(body: RedriveBody): RedriveTerms {
  const { rows: _rows, changes: _changes, recipe: _recipe, values: _values, prices, ...given } = body;
  const { concurrency, weight, budgetSubmissions, budgetCost, allowPossibleDuplicates, ...terms } = given;
  const limits = { concurrency, weight, budgetSubmissions, budgetCost, allowPossibleDuplicates };
  return toRedriveTerms({ ...parseLimits(limits, prices), ...terms });
}

export function parseChanges({ budget, ...changes }: z.output<typeof changeBody>): BatchChanges {
  return withoutMissing({ ...changes, budget: budget && withoutMissing(budget) });
}

export function parseLimits(given: LimitsGiven, prices: Prices | undefined): Unchecked<BatchLimits> {
  const { concurrency, weight, budgetSubmissions, budgetCost, allowPossibleDuplicates } = given;
  const { notify, notifyFailures } = given;
  const budget = { submissions: budgetSubmissions, cost: budgetCost, duplicates: allowPossibleDuplicates };
  return {
    concurrency,
    weight,
    budget: withoutMissing(budget),
    prices: prices && withoutMissing(prices),
    notify,
    notifyFailures,
  };
}
