/** Schemas of the answers about requests of items, and about runs. */
import { z } from 'zod';
import { count, outcome, time } from './answer-parts';
import { rowSubmission } from './answers';

const request = z
  .record(z.string(), z.unknown())
  .readonly()
  .describe('its fields. Addresses are without a query and a password, which may be secrets');

export const requestInputSchema = z.object({
  field: z.string(),
  media: z.enum(['image', 'audio']),
  kind: z.enum(['stored', 'address', 'step']).describe('stored: a file in the store. step: a file of an earlier step'),
  file: z
    .string()
    .nullable()
    .describe('path of the file on this server: GET returns its bytes; null: the store does not have it'),
  name: z.string().nullable().describe('name of the stored file, the address, or STEP.ROLE; null: not known'),
});

export const resultRequestSchema = z
  .object({
    key: z.string(),
    steps: z
      .array(
        z.object({
          id: z.string().optional().describe('absent if the item has one step'),
          operation: z.string(),
          request,
          inputs: z.array(requestInputSchema).readonly().describe('the values of fields that take addresses'),
        }),
      )
      .readonly()
      .describe('the requests of its last run, in order'),
    values: z
      .record(z.string(), z.unknown())
      .readonly()
      .describe('the columns and variables of the row, which are not sent'),
    runs: z
      .array(
        z.object({
          number: count.describe('of the run of the batch, from 1'),
          startedAt: time,
          changed: z.array(z.string()).readonly().describe('fields whose values differ from those of the run before'),
          outcome: outcome.nullable().describe('null: it has none, or not yet'),
          code: z.string().nullable(),
          message: z.string().nullable(),
          submissions: z.array(rowSubmission).readonly(),
          workflowId: z.string().describe('of the workflow that ran it, as long as Temporal keeps it'),
        }),
      )
      .readonly()
      .describe('how it ended in each run of the batch, oldest first'),
  })
  .meta({ id: 'ResultRequest' });

export const batchRunsSchema = z
  .object({
    id: z.string(),
    deletedAt: time.nullable().describe('when its rows, results and files were deleted; null: they were not'),
    runs: z
      .array(
        z.object({
          number: count.describe('from 1'),
          kind: z.enum(['start', 'redrive', 'addition']),
          startedAt: time,
          summary: z.string().nullable().describe('what was selected; null for the first run'),
          items: count,
          outcomes: z
            .object({ succeeded: count, failed: count, cancelled: count, unknown: count })
            .nullable()
            .describe('its items by how they ended in this run; null: not asked for, or deleted'),
        }),
      )
      .readonly()
      .describe('oldest first'),
  })
  .meta({ id: 'BatchRuns' });
