/** What the API answers with, as schemas: the OpenAPI document is made of them, and the types hold them to the library. */
import { z } from 'zod';
import { getFailureRow } from '../../workflows/domain/failures/failures';
import { ITEM_STATES } from '../../workflows/domain/item/item';

/** Not as zod has them, which would tell of every bound of a double and of every leap year. */
const count = z.number().meta({ type: 'integer', minimum: 0 });
const time = z.string().meta({ format: 'date-time' });
const outcome = z.enum(['succeeded', 'failed', 'cancelled', 'unknown']);
const counts = z.record(z.string(), count).readonly();

const charge = z
  .object({ credits: z.number().nullable(), usd: z.number().nullable() })
  .describe('what a job cost, by the words of the provider');

const cause = z.string().nullable().describe('what was met, as one sentence');
const holdSchema = z
  .object({ code: z.string(), since: time, until: time.nullable(), cause, remedy: z.string() })
  .describe('why nobody of the account may submit');

/** How an item ended, without its name. */
const endFields = {
  outcome: outcome.describe(`unknown: ${getFailureRow('SUBMIT_OUTCOME_UNKNOWN').meaning}`),
  file: z.string().nullable().describe('in the store: a path, or the address of an object'),
  sha256: z.string().nullable(),
  bytes: count.nullable(),
  mimeType: z.string().nullable(),
  width: count.nullable(),
  height: count.nullable(),
  verified: z.boolean().nullable().describe('every pixel was decoded; false for a picture too large for that'),
  jobId: z.string().nullable(),
  code: z.string().nullable().describe('of the failure table'),
  message: z.string().nullable(),
};

export const startedImageSchema = z
  .object({
    id: z.string(),
    alreadyStarted: z.boolean().describe('the id was known with this request; nothing was started'),
  })
  .meta({ id: 'StartedImage' });

export const imageSchema = z
  .object({
    id: z.string(),
    state: z.enum(ITEM_STATES),
    submission: count.describe('1 for the first paid POST'),
    jobId: z.string().nullable(),
    jobState: z.string().nullable().describe("in the provider's words"),
    progress: z.number().nullable().describe('percent'),
    attempt: count.describe('how often the current step was begun'),
    lastCode: z.string().nullable(),
    trouble: z.string().nullable().describe('what is being waited out'),
    nextRetryAt: time.nullable(),
    cancelRequested: z.boolean().describe('nothing further is submitted, and a job in flight is collected'),
    workerAnswers: z.boolean(),
    end: z
      .object({
        ...endFields,
        submissions: z.array(z.object({ jobId: z.string().nullable(), code: z.string().nullable() })).readonly(),
        remedy: z.string().nullable(),
      })
      .nullable()
      .describe('how it ended; null before'),
  })
  .meta({ id: 'Image' });

const allowance = z.object({
  submissions: z.number().nullable(),
  cost: z.number().nullable(),
  duplicates: z.number().nullable(),
});

export const batchSchema = z
  .object({
    id: z.string(),
    state: z.enum(['running', 'paused', 'completed', 'cancelled', 'failed']),
    reason: z.string().nullable(),
    counts: z.object({
      total: count,
      waiting: count,
      running: count,
      retrying: count,
      succeeded: count,
      failed: count,
      cancelled: count,
      unknown: count,
      skipped: count.describe('rows that were left out; not among the total'),
    }),
    failures: counts.describe('failed and unknown items by code'),
    unreadable: counts.describe('accepted jobs that cannot be read now, by what was met; they are read on'),
    submissions: count,
    charged: z.object({ credits: z.number().nullable(), usd: z.number().nullable() }),
    cost: z.number().describe('by the prices that were given'),
    possibleDuplicates: count,
    pausedBy: z.enum(['request', 'failures', 'budget', 'store', 'account']).nullable(),
    hold: holdSchema.nullable(),
    permits: z.number().nullable().describe('jobs in flight that the account allows now'),
    budget: z
      .object({
        allowed: allowance,
        spent: z.object({ submissions: z.number(), cost: z.number(), duplicates: z.number() }),
      })
      .nullable(),
    startedAt: time,
    updatedAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: 'Batch' });

export const batchListSchema = z
  .object({
    batches: z
      .array(
        z.object({
          id: z.string(),
          state: z.enum(['running', 'paused', 'completed', 'cancelled', 'failed']),
          startedAt: time.describe('of its newest run'),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'BatchList' });

const warnings = z.array(z.string()).readonly().describe('what could not be checked, as sentences; usually empty');

export const startedBatchSchema = z
  .object({
    id: z.string(),
    alreadyStarted: z.boolean().describe('the id was known with these rows; nothing was started'),
    items: count,
    skipped: count.describe('rows that were left out'),
    warnings,
  })
  .meta({ id: 'StartedBatch' });

export const redriveSchema = z
  .object({
    id: z.string(),
    selected: count.describe('items that are run again; with 0 nothing was started'),
    fetched: count.describe('of these, items with a job that may be paid: it is fetched first, which costs nothing'),
    possiblyPaid: count.describe('of these, items that may have been paid already, and may be paid once more'),
    leftUnknown: count.describe(
      'items that stay as they are: they may have been paid, and no job of them can be fetched',
    ),
    warnings,
  })
  .meta({ id: 'Redrive' });

export const resultSchema = z
  .object({
    key: z.string(),
    ...endFields,
    submissions: z
      .array(
        z.object({
          jobId: z.string().nullable(),
          code: z.string().nullable(),
          refusals: counts,
          charge: charge.optional(),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'Result', description: 'One line of the results.' });

const daySum = z.object({ submissions: count, cost: z.number() });

export const accountSchema = z
  .object({
    account: z.string(),
    limit: z.number().describe('jobs that may be in flight now'),
    inFlight: count,
    ratePerSecond: z.number().nullable(),
    hold: holdSchema.nullable(),
    holds: z
      .array(
        z.object({
          operation: z.string().nullable().describe('that it concerns; null: all'),
          code: z.string(),
          since: time,
          until: time.nullable(),
          cause,
          remedy: z.string(),
          probing: z.boolean().describe('one item goes ahead to see whether it is over'),
          nextProbeAt: time.nullable().describe('when one goes ahead by itself'),
        }),
      )
      .readonly()
      .describe('all holds, the one that is told as "hold" first'),
    day: z
      .object({
        date: z.string().describe('of UTC'),
        allowed: z.object({ submissions: count.nullable(), cost: z.number().nullable() }).nullable(),
        spent: daySum,
        setAside: daySum,
      })
      .describe('what was spent today, and may be'),
    holders: z
      .array(
        z.object({
          id: z.string(),
          kind: z.enum(['batch', 'item']),
          weight: z.number(),
          permits: count,
          inFlight: count,
          wants: count,
        }),
      )
      .readonly(),
    waiting: count.describe('single images that wait for a permit; the first hundred are among the holders'),
    decisions: z.array(z.object({ at: time, words: z.string() })).readonly(),
  })
  .meta({ id: 'Account' });
