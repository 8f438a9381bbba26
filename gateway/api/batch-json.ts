/** Batches as JSON: rows, a recipe and settings in one body. */
import { z } from 'zod';
import type { BatchContext, StartedBatch } from '../../client/batches/batch-context';
import { InvalidRowsError } from '../../client/batches/invalid-rows-error';
import { type RowOptions, toBatchPlan, withRowSource } from '../../client/batches/plan-batch';
import { type StartTermsOfBatch, startFromSource, toStartTerms } from '../../client/batches/start-from-rows';
import { InvalidRequestError } from '../../connection/errors';
import type { Plan } from '../../input/plan';
import type { BatchRow } from '../../input/program-rows';
import type { RecipeOptions } from '../../input/recipes/recipe-options';
import type { FieldProblem } from '../../input/requests/request-schema';
import { findStartProblem } from '../../input/requests/start-time';
import { findSampleProblem } from '../../input/sample';
import { findMaxFailuresProblem } from '../../workflows/domain/batch/settings-checks';
import { refineSchema } from './refine-schema';
import {
  findPriceProblems,
  givenRows,
  idSchema,
  limitFields,
  MAX_FAILURES,
  MOVED_SERVER,
  milliseconds,
  parseLimits,
  pricesByOperation,
  recipeFields,
  SAMPLE,
  SKIP_STORE_CHECK,
} from './requests';
import { checkBySchema } from './validate';

export const batchBody = z
  .strictObject({
    id: idSchema.optional().describe('your name for the batch; default a hash of the rows'),
    rows: givenRows.describe('requests with their keys; with a recipe, its variables. Required without one'),
    ...recipeFields,
    ...limitFields(z.number(), z.int()),
    prices: pricesByOperation,
    sample: refineSchema(z.number(), findSampleProblem).optional().describe(SAMPLE),
    startAt: refineSchema(z.string(), findStartProblem)
      .meta({ format: 'date-time' })
      .optional()
      .describe('time before which nothing is submitted, within a year; default it starts at once'),
    maxFailures: refineSchema(z.string(), findMaxFailuresProblem).optional().describe(`${MAX_FAILURES}; default all`),
    onTooManyFailures: z.enum(['pause', 'cancel']).optional().describe('default pause'),
    deadlineMs: milliseconds.optional().describe('time limit of the batch in ms; default none'),
    itemDeadlineMs: milliseconds.optional().describe('time limit per item in ms; default one day'),
    jobTimeBudgetMs: milliseconds.optional().describe('time in ms after which a job counts as overdue'),
    workflowPerImage: z.boolean().optional().describe('run each item as its own workflow; slower'),
    skipInvalid: z.boolean().optional().describe('leave out invalid rows'),
    dropDuplicates: z.boolean().optional().describe('leave out rows with the same request as an earlier row'),
    movedServer: z.boolean().optional().describe(MOVED_SERVER),
    skipStoreCheck: z.boolean().optional().describe(SKIP_STORE_CHECK),
  })
  .describe('rows, or a recipe, with settings');

export const JSON_TYPE = 'application/json';

/** The body as JSON, for the document. */
export function describeBatchBody(): object {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(batchBody, { io: 'input' });
  return schema;
}

/** Rows and a recipe that were validated by a schema only as far as their kind. */
export function toRowOptions(body: {
  readonly rows?: unknown[] | undefined;
  readonly recipe?: unknown;
  readonly values?: Record<string, unknown> | undefined;
}): Pick<RowOptions, 'rows' | 'recipe' | 'values'> {
  const { rows, recipe, values } = body;
  return {
    ...(rows === undefined ? {} : { rows: rows as readonly BatchRow[] }),
    ...(recipe === undefined ? {} : { recipe: recipe as RecipeOptions }),
    ...(values === undefined ? {} : { values }),
  };
}

/** A batch, and the plan of its rows. */
export interface PlannedBatch {
  readonly plan: Plan;
  readonly made: StartedBatch;
}

interface KnownStart {
  readonly id: string | undefined;
  /** Problems of the request beside its body. */
  readonly problems: readonly FieldProblem[];
  /** Receives the checks that could not be made. */
  readonly warnings: string[];
}

/**
 * Starts a batch from a body in JSON.
 *
 * @throws InvalidRequestError with every problem; nothing was started
 */
export async function startFromJson(context: BatchContext, body: unknown, known: KnownStart): Promise<PlannedBatch> {
  const { data, problems } = checkBySchema(batchBody, body ?? {}, findPriceProblems);
  if (data === undefined || known.problems.length > 0) throw new InvalidRequestError([...known.problems, ...problems]);
  const { skipInvalid = false, dropDuplicates = false } = data;
  const options = { ...toRowOptions(data), skipInvalid, dropDuplicates };
  return withRowSource(context, options, async (source) => {
    const { plan, batch: made } = await startFromSource(context, source, toTerms(data, known));
    if (made === null) throw new InvalidRowsError(toBatchPlan(plan));
    return { plan, made };
  });
}

/** The terms of a start. */
export function toTerms(
  body: z.output<typeof batchBody>,
  { id, warnings }: Omit<KnownStart, 'problems'>,
): StartTermsOfBatch {
  const { rows: _rows, recipe: _recipe, values: _values, skipInvalid: _skips, dropDuplicates: _drops, ...given } = body;
  const { concurrency, weight, budgetSubmissions, budgetCost, allowPossibleDuplicates, prices, ...terms } = given;
  const limits = { concurrency, weight, budgetSubmissions, budgetCost, allowPossibleDuplicates };
  const onWarning = (warning: string) => void warnings.push(warning);
  return { ...toStartTerms({ ...parseLimits(limits, prices), ...terms, id }), onWarning };
}
