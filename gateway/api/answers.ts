/** Schemas of the API's answers. The OpenAPI document is generated from them; types keep them in step with the library. */
import { z } from 'zod';
import { getFailureRow } from '../../workflows/domain/failures/failures';
import { ITEM_STATES } from '../../workflows/domain/item/item';
import {
  charge,
  count,
  counts,
  fileSchema,
  holdSchema,
  notifications,
  OUTCOMES,
  outcome,
  storedFields,
  time,
  warnings,
} from './answer-parts';

/** The end of an item, without its id. */
const endFields = {
  outcome: outcome.describe(`unknown: ${getFailureRow('SUBMIT_OUTCOME_UNKNOWN').meaning}`),
  file: z.string().nullable().describe('path of the main file on this server: GET returns its bytes'),
  sha256: z.string().nullable(),
  bytes: count.nullable(),
  mimeType: z.string().nullable(),
  width: count.nullable(),
  height: count.nullable(),
  verified: z
    .boolean()
    .nullable()
    .describe('whether it was read to its end; false for a picture that is too large to decode'),
  durationMs: count.optional().describe('of a clip or a sound'),
  sampleRate: count.optional().describe('of a sound, in samples per second'),
  files: z.array(fileSchema).readonly().describe('every file, the main one first'),
  missing: z
    .array(z.object({ role: z.string(), problem: z.string() }))
    .readonly()
    .optional()
    .describe('files beside the main one that could not be stored; absent if there are none'),
  jobId: z.string().nullable(),
  code: z.string().nullable().describe('code of the failure table'),
  message: z.string().nullable(),
};

export const rowSubmission = z.object({
  step: z.string().optional().describe('id of its step; absent if the item has one step'),
  jobId: z.string().nullable(),
  code: z.string().nullable(),
  refusals: counts,
  charge: charge.optional(),
});

const stepResult = z.object({
  id: z.string(),
  operation: z.string(),
  outcome,
  files: endFields.files,
  missing: endFields.missing,
  submissions: z.array(rowSubmission).readonly(),
  charge,
});

const stepResults = z
  .array(stepResult)
  .readonly()
  .optional()
  .describe('the steps that were reached; absent if the item has one step');

export const startedItemSchema = z
  .object({
    id: z.string(),
    alreadyStarted: z.boolean().describe('true: the id exists with this request, and nothing was started'),
  })
  .meta({ id: 'StartedItem' });

export const itemSchema = z
  .object({
    id: z.string(),
    operation: z.string().nullable(),
    state: z.enum(ITEM_STATES),
    submission: count.describe('1 for the first paid POST'),
    jobId: z.string().nullable(),
    jobState: z.string().nullable().describe('state of the job, as reported by the provider'),
    progress: z.number().nullable().describe('percent'),
    attempt: count.describe('attempts of the current activity'),
    lastCode: z.string().nullable(),
    trouble: z.string().nullable().describe('a temporary problem that is being retried'),
    nextRetryAt: time.nullable(),
    cancelRequested: z
      .boolean()
      .describe('cancellation was requested: nothing more is submitted, a job in flight is collected'),
    workerAnswers: z.boolean(),
    deletedAt: time.optional().describe('when its files were deleted from the store; it then names none'),
    notifications,
    steps: z
      .array(stepResult.extend({ outcome: z.enum([...OUTCOMES, 'open']).describe('open: it is under way') }))
      .readonly()
      .optional()
      .describe('the steps that were reached; absent if the item has one step'),
    end: z
      .object({
        ...endFields,
        submissions: z
          .array(
            z.object({
              step: z.string().optional().describe('id of its step; absent if the item has one step'),
              jobId: z.string().nullable(),
              code: z.string().nullable(),
            }),
          )
          .readonly(),
        steps: stepResults,
        values: z.record(z.string(), z.unknown()).optional().describe('the values of the variables of its recipe'),
        remedy: z.string().nullable(),
      })
      .nullable()
      .describe('how it ended; null while it runs'),
  })
  .meta({ id: 'Item' });

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
      skipped: count.describe('rows that were left out; not included in total'),
      notStarted: count
        .optional()
        .describe('rows of a sampled batch that no run has started; not included in total; absent if there are none'),
    }),
    failures: counts.describe('failed and unknown items by code'),
    steps: z
      .record(z.string(), counts)
      .optional()
      .describe('items by step: how many have reached it, by its outcome; absent if the items have one step'),
    unreadable: counts.describe('accepted jobs that are currently unreadable, by error; reads are retried'),
    submissions: count,
    charged: z.object({ credits: z.number().nullable(), usd: z.number().nullable() }),
    cost: z.number().describe('cost by the given prices'),
    possibleDuplicates: count,
    pausedBy: z.enum(['request', 'failures', 'budget', 'store', 'account']).nullable(),
    hold: holdSchema.nullable(),
    permits: z.number().nullable().describe('jobs in flight that the account currently allows'),
    budget: z
      .object({
        allowed: allowance,
        spent: z.object({ submissions: z.number(), cost: z.number(), duplicates: z.number() }),
      })
      .nullable(),
    startsAt: time.optional().describe('when it starts; absent once it has'),
    startedAt: time,
    updatedAt: time,
    finishedAt: time.nullable(),
    notifications,
  })
  .meta({ id: 'Batch' });

const nextCursor = z.string().nullable().describe('cursor of the next page; null: this is the last one');

export const batchListSchema = z
  .object({
    batches: z
      .array(
        z.object({
          id: z.string(),
          state: z.enum(['running', 'paused', 'completed', 'cancelled', 'failed']),
          startedAt: time.describe('start of its newest run'),
          status: batchSchema
            .nullable()
            .optional()
            .describe('with the parameter status; null: it could not be queried in time'),
        }),
      )
      .readonly(),
    nextCursor,
  })
  .meta({ id: 'BatchList' });

/** `failed` includes items of unknown outcome: Temporal has one status for both. */
export const LISTED_ITEM_STATES = ['running', 'succeeded', 'failed', 'cancelled', 'terminated', 'timed_out'] as const;

export const itemListSchema = z
  .object({
    items: z
      .array(
        z.object({
          id: z.string(),
          operation: z.string().nullable(),
          state: z.enum(LISTED_ITEM_STATES).describe('failed: also those of unknown outcome'),
          startedAt: time.describe('start of its newest run'),
        }),
      )
      .readonly(),
    nextCursor,
  })
  .meta({ id: 'ItemList' });

export const startedBatchSchema = z
  .object({
    id: z.string(),
    alreadyStarted: z.boolean().describe('true: the id exists with these rows, and nothing was started'),
    items: count,
    skipped: count.describe('rows that were left out'),
    notStarted: count
      .optional()
      .describe('items of a sampled batch that are not started now; absent if there are none'),
    warnings,
  })
  .meta({ id: 'StartedBatch' });

export const addedRowsSchema = z
  .object({
    id: z.string(),
    added: count.describe('new items; 0: the batch has all rows, and nothing was started'),
    skipped: count.describe('rows that were left out as invalid or duplicate'),
    warnings,
  })
  .meta({ id: 'AddedRows' });

export const redriveSchema = z
  .object({
    id: z.string(),
    selected: count.describe('items that are run again; 0: nothing was started'),
    submissions: count.describe('paid POSTs if nothing is retried'),
    reused: count.describe('finished steps that are taken from the store'),
    repaid: counts.optional().describe('finished steps that are run and paid again, by id; absent if there are none'),
    steps: counts.optional().describe('items that run each step again; absent if the items have one step'),
    fetched: count.describe('selected items with a job that may be charged: it is fetched first, which is free'),
    possiblyPaid: count.describe('selected items that may have been charged and may be charged again'),
    leftUnknown: count.describe('items that are not run again: they may have been charged, and cannot be fetched'),
    notStarted: count.optional().describe('rows of a sampled batch that no run has started; absent if there are none'),
    rekept: count.optional().describe('items of which only keep has changed: nothing is run for them'),
    warnings,
  })
  .meta({ id: 'Redrive' });

export const resultSchema = z
  .object({
    key: z.string(),
    ...endFields,
    submissions: z.array(rowSubmission).readonly(),
    steps: stepResults,
    values: z
      .record(z.string(), z.unknown())
      .readonly()
      .optional()
      .describe('the columns of the row that are not sent'),
  })
  .meta({ id: 'Result', description: 'One line of the results.' });

export const profileSchema = z.looseObject({ profile_id: z.string(), name: z.string() }).meta({
  id: 'Profile',
  description: 'A profile as the provider returns it, with the fields that were set, and others.',
});

export const profileListSchema = z.object({ profiles: z.array(profileSchema).readonly() }).meta({ id: 'ProfileList' });

export const segmentationSchema = z
  .object({
    segments: z
      .array(z.object({ label: z.string().describe('value of mask_segment'), display: z.string() }))
      .readonly(),
    preview: z
      .object(storedFields)
      .nullable()
      .describe('the picture with its parts marked; null if it could not be stored'),
  })
  .meta({ id: 'Segmentation' });
