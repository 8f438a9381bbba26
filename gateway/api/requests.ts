/** What callers of the API send, as schemas; what is wrong with the fields of an image, the library says. */

import { z } from 'zod';
import { REDRIVABLE } from '../../client/batches/batch-redrive';
import type { BatchChanges, Unchecked } from '../../client/batches/batch-settings';
import { BATCH_STATES, type BatchStateName } from '../../client/batches/list-batches';
import { type RedriveTerms, toRedriveTerms } from '../../client/batches/redrive-batch';
import { type StartTermsOfBatch, toStartTerms } from '../../client/batches/start-from-rows';
import { InvalidRequestError } from '../../client/errors';
import { type FieldProblem, requestProblems, requestSchema } from '../../client/requests/request-schema';
import { getOwn } from '../../workflows/domain/base/own-value';
import { brokenKeyRule } from '../../workflows/domain/base/safe-key';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { BatchLimits } from '../../workflows/domain/batch/batch-options';
import {
  findBudgetProblem,
  findConcurrencyProblem,
  findMaxFailuresProblem,
  findReasonProblem,
  findWeightProblem,
} from '../../workflows/domain/batch/settings-checks';
import {
  DEFAULT_OPERATION,
  isOperationName,
  OPERATION_NAMES,
  type OperationName,
} from '../../workflows/domain/operations/operations';
import { describeUnknownField } from './issue-text';

const operation = z.enum(OPERATION_NAMES as [OperationName, ...OperationName[]]);
const milliseconds = z.int().min(1);

/** In the words that the library has for it. */
function refineSchema<T extends z.ZodType>(schema: T, problemOf: (value: z.output<T>) => string | null): T {
  return schema.superRefine((value, context) => {
    const problem = problemOf(value);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });
}

const id = refineSchema(z.string(), (text) => {
  const rule = brokenKeyRule(text);
  return rule === null ? null : `is ${JSON.stringify(text)}; ${rule}`;
});

export const idParams = z.object({ id });

const requestDocument = z.toJSONSchema(z.union(OPERATION_NAMES.map(requestSchema)), { io: 'input' });

export const imageBody = z.strictObject({
  id: id
    .optional()
    .describe('your name for the image: the same id finds the same image; default a hash of the request'),
  operation: operation.optional().describe(`default ${OPERATION_NAMES[0]}`),
  // Taken as it is, so that the library tells every problem of it, by field.
  request: z.looseObject({}).meta({ ...requestDocument, description: "the provider's fields" }),
  deadlineMs: milliseconds.optional().describe('time for the whole image; default a day'),
  jobTimeBudgetMs: milliseconds.optional().describe('time for one job; default 15 minutes'),
  again: z
    .boolean()
    .optional()
    .describe('run an id again that was not made; a job that may be paid is fetched first, which costs nothing'),
  allowUnknown: z
    .boolean()
    .optional()
    .describe('with again: also what may have been paid and cannot be fetched; it may be paid twice'),
  waitWhileHeld: z.boolean().optional().describe('while the account is held: wait instead of failing'),
});

export const cancelImageBody = z.strictObject({
  now: z
    .boolean()
    .optional()
    .describe('leave a job in flight alone: the image ends unknown, with the id of the job; needs a worker'),
});

/** What is wrong with the request of an image, whatever else is wrong with its body. */
export function findRequestProblems(body: unknown): readonly FieldProblem[] {
  const { operation: name = DEFAULT_OPERATION, request } = isObject(body) ? body : {};
  const isJudged = typeof name === 'string' && isOperationName(name) && isObject(request);
  return isJudged ? requestProblems(name, request) : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** In a query every value is text. */
const number = z.coerce.number();
const wholeNumber = z.coerce.number().int();
const flag = z.stringbool({ truthy: ['true'], falsy: ['false'] }).meta({ type: 'boolean' });

const PRICE_FORM = new RegExp(`^(${OPERATION_NAMES.join('|')})=(\\d+(?:\\.\\d+)?)$`);
const prices = z
  .union([z.string(), z.array(z.string())])
  .transform((texts) => [texts].flat())
  .pipe(
    z.array(
      z.string().regex(PRICE_FORM, `is no price; give an operation and an amount, like ${OPERATION_NAMES[0]}=0.01`),
    ),
  )
  .transform((texts) => Object.fromEntries(texts.map(findPrice)))
  .meta({ type: 'array', items: { type: 'string' }, anyOf: undefined });

function findPrice(text: string): [string, number] {
  const [, name = '', amount] = PRICE_FORM.exec(text) ?? [];
  return [name, Number(amount)];
}

const limitWords = {
  concurrency: 'jobs in flight at the most; default as many as the account takes',
  weight: 'its share of the account beside other batches; default 1',
  budgetSubmissions: 'pause rather than submit more often than this',
  budgetCost: 'pause rather than spend more than this, by the prices given',
  allowPossibleDuplicates: 'send this many submissions of unknown outcome again; each may be paid twice; default 0',
} as const;

type LimitSchemas = Readonly<Record<keyof typeof limitWords, z.ZodType<number>>>;

const count = (schema: z.ZodType<number>, name: 'submissions' | 'cost' | 'duplicates') =>
  refineSchema(schema, (value) => findBudgetProblem({ [name]: value }));

/** @param of a number, as a query or as JSON has it */
function limitFields(of: z.ZodType<number>, whole: z.ZodType<number>) {
  const schemas = {
    concurrency: refineSchema(whole, findConcurrencyProblem),
    weight: refineSchema(of, findWeightProblem),
    budgetSubmissions: count(whole, 'submissions'),
    budgetCost: count(of, 'cost'),
    allowPossibleDuplicates: count(whole, 'duplicates'),
  } satisfies LimitSchemas;
  const described = <N extends keyof typeof limitWords>(name: N) => schemas[name].optional().describe(limitWords[name]);
  return {
    concurrency: described('concurrency'),
    weight: described('weight'),
    budgetSubmissions: described('budgetSubmissions'),
    budgetCost: described('budgetCost'),
    allowPossibleDuplicates: described('allowPossibleDuplicates'),
  };
}

export const batchQuery = z.strictObject({
  id: id.optional().describe('your name for the batch: the same id finds the same batch; default a hash of the rows'),
  ...limitFields(number, wholeNumber),
  price: prices.optional().describe(`what one submission costs, like ${OPERATION_NAMES[0]}=0.01; once an operation`),
  maxFailures: refineSchema(z.string(), findMaxFailuresProblem)
    .optional()
    .describe('failed or unknown items that are tolerated: a number, or a share like 5%; default all'),
  onTooManyFailures: z.enum(['pause', 'cancel']).optional().describe('default pause'),
  deadlineMs: wholeNumber.min(1).optional().describe('time for the whole batch; default none'),
  itemDeadlineMs: wholeNumber.min(1).optional().describe('time for one item; default a day'),
  jobTimeBudgetMs: wholeNumber.min(1).optional().describe('time for one job; default 15 minutes'),
  workflowPerImage: flag.optional().describe('each image as a workflow of its own; slower'),
  skipInvalid: flag.optional().describe('leave out rows that are wrong'),
  movedServer: flag.optional().describe('also if the batch was started on another Temporal server or namespace'),
  skipStoreCheck: flag.optional().describe('without asking the workers whether they have the store of the gateway'),
  dropDuplicates: flag.optional().describe('leave out rows that ask for the same as an earlier one'),
});

export const resultsQuery = z.strictObject({
  outcome: z.enum(['succeeded', 'failed', 'cancelled', 'unknown']).optional().describe('only these; default all'),
});

export const redriveBody = z
  .strictObject({
    outcomes: z.array(z.enum(REDRIVABLE)).min(1).optional().describe('default all that cannot be paid twice'),
    allowUnknown: z
      .boolean()
      .optional()
      .describe(
        'submit again also what may have been paid and cannot be fetched; "unknown" among the outcomes implies it',
      ),
    codes: z.array(z.string()).min(1).optional().describe('only items that ended with one of these'),
    keys: z.array(z.string()).min(1).optional().describe('only these items'),
    movedServer: z
      .boolean()
      .optional()
      .describe('also if the batch was started on another Temporal server or namespace'),
    skipStoreCheck: z
      .boolean()
      .optional()
      .describe('without asking the workers whether they have the store of the gateway'),
    ...limitFields(z.number(), z.int()),
    prices: z
      .partialRecord(operation, z.number().min(0))
      .optional()
      .describe('what one submission costs, by operation'),
  })
  .describe('which items are run again, and within which bounds; default the bounds of the batch');

/** Records of zod leave this name out without a word. */
export function problemsOfPrices(body: unknown): readonly FieldProblem[] {
  const given = isObject(body) ? getOwn(body, 'prices') : undefined;
  if (!isObject(given) || !Object.hasOwn(given, '__proto__')) return [];
  return [{ field: 'prices.__proto__', problem: describeUnknownField('__proto__', OPERATION_NAMES) }];
}

const atMost = (schema: z.ZodType<number>, words: string) =>
  schema.nullable().optional().describe(`${words}; null: no bound; left out: as it is`);

/** At least one of the fields; an empty body would change nothing, and say nothing of it. */
function withAny<T extends z.ZodObject>(schema: T, fields: readonly (keyof z.output<T> & string)[]): T {
  return refineSchema(schema, (body) =>
    fields.some((field) => getOwn(body, field) !== undefined)
      ? null
      : `has none of ${fields.join(', ')}; must have one`,
  );
}

export const holdBody = z.strictObject({
  reason: refineSchema(z.string(), findReasonProblem).optional().describe('shown with the hold'),
});

export const accountLimitBody = withAny(
  z.strictObject({
    maxConcurrency: atMost(refineSchema(z.int(), findConcurrencyProblem), 'jobs in flight at the most'),
    maxRate: atMost(z.number().positive(), 'submissions a second at the most'),
  }),
  ['maxConcurrency', 'maxRate'],
);

export const accountBudgetBody = refineSchema(
  withAny(
    z.strictObject({
      submissions: atMost(z.int().min(1), 'submissions a day at the most'),
      cost: atMost(z.number().positive(), 'cost a day at the most, in the unit of the prices'),
      price: z
        .number()
        .min(0)
        .optional()
        .describe('of a single image, and of a submission of batches without prices; needed with cost'),
    }),
    ['submissions', 'cost', 'price'],
  ),
  ({ cost, price }) =>
    typeof cost === 'number' && price === undefined
      ? 'has a cost and no price: without it the cost of a single image is not known'
      : null,
);

const budgetBody = z.strictObject({
  submissions: atMost(z.int().min(0), 'submissions of this run at the most'),
  cost: atMost(z.number().min(0), 'cost of this run at the most, by the prices given'),
  duplicates: z.int().min(0).optional().describe('submissions of unknown outcome that may be sent again'),
});

export const batchBudgetBody = withAny(budgetBody, ['submissions', 'cost', 'duplicates']);

export const changeBody = withAny(
  z.strictObject({
    concurrency: atMost(refineSchema(z.int(), findConcurrencyProblem), 'jobs in flight at the most'),
    maxFailures: refineSchema(z.string(), findMaxFailuresProblem)
      .optional()
      .describe('failed or unknown items that are tolerated: a number, or a share like 5%'),
    budget: budgetBody.optional().describe('what this run of the batch may spend in all'),
    weight: refineSchema(z.number(), findWeightProblem).optional().describe(limitWords.weight),
  }),
  ['concurrency', 'maxFailures', 'budget', 'weight'],
);

export const concurrencyBody = z.strictObject({
  concurrency: refineSchema(z.int(), findConcurrencyProblem).describe('jobs in flight at the most'),
});

export const maxFailuresBody = z.strictObject({
  maxFailures: refineSchema(z.string(), findMaxFailuresProblem).describe(
    'failed or unknown items that are tolerated: a number, or a share like 5%',
  ),
});

export const listQuery = z.strictObject({
  state: z
    .enum(BATCH_STATES as [BatchStateName, ...BatchStateName[]])
    .optional()
    .describe('only these; default all'),
});

export type BatchQuery = z.output<typeof batchQuery>;
export type RedriveBody = z.output<typeof redriveBody>;
export type ChangeBody = z.output<typeof changeBody>;
type LimitsGiven = Partial<Record<keyof LimitSchemas, number | undefined>>;
type Prices = Readonly<Partial<Record<string, number | undefined>>>;

/** How the library calls what a query or body calls otherwise. */
const NAME_BY_FIELD: Readonly<Record<string, string>> = {
  'budget.submissions': 'budgetSubmissions',
  'budget.cost': 'budgetCost',
  'budget.duplicates': 'allowPossibleDuplicates',
};

/** What the library says of its options, by the names of the request. */
export function byRequestNames(error: unknown): unknown {
  // Ids that are taken, and rows that are not valid, have problems of their own.
  if (!(error instanceof InvalidRequestError) || error.name !== 'InvalidRequestError') return error;
  return new InvalidRequestError(
    error.problems.map(({ field, problem }) => ({ field: getOwn(NAME_BY_FIELD, field) ?? field, problem })),
  );
}

export function startTermsOf(query: BatchQuery): StartTermsOfBatch {
  const { id, deadlineMs, itemDeadlineMs, jobTimeBudgetMs, maxFailures, onTooManyFailures } = query;
  const { workflowPerImage, movedServer, skipStoreCheck } = query;
  return toStartTerms({
    ...parseLimits(query, query.price),
    ...{ id, deadlineMs, itemDeadlineMs, jobTimeBudgetMs, maxFailures, onTooManyFailures },
    ...{ workflowPerImage, movedServer, skipStoreCheck },
  });
}

export function redriveTermsOf(body: RedriveBody): RedriveTerms {
  const { outcomes, allowUnknown, codes, keys, movedServer, skipStoreCheck } = body;
  const limits = parseLimits(body, body.prices);
  return toRedriveTerms({ ...limits, outcomes, allowUnknown, codes, keys, movedServer, skipStoreCheck });
}

export function changesOf({ budget, ...changes }: ChangeBody): BatchChanges {
  return withoutMissing({ ...changes, budget: budget && withoutMissing(budget) });
}

function parseLimits(given: LimitsGiven, prices: Prices | undefined): Unchecked<BatchLimits> {
  const { concurrency, weight, budgetSubmissions, budgetCost, allowPossibleDuplicates } = given;
  const budget = { submissions: budgetSubmissions, cost: budgetCost, duplicates: allowPossibleDuplicates };
  return { concurrency, weight, budget: withoutMissing(budget), prices: prices && withoutMissing(prices) };
}
