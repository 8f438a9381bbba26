/** Schemas of the answers about the store. */
import { z } from 'zod';
import { charge, count, time } from './answer-parts';
import { rowSubmission } from './answers';

export const deletedSchema = z
  .object({
    id: z.string(),
    files: count.describe('files that this request has removed'),
    bytes: count,
    alreadyDeleted: z.boolean().describe('whether an earlier request had deleted it, at least in part'),
  })
  .meta({ id: 'Deleted' });

const describedWork = {
  step: z.string().optional().describe('absent: the item has one step'),
  operation: z.string(),
  request: z.record(z.string(), z.unknown()).readonly().describe('as submitted; files are named by their content'),
  seed: z.unknown().describe('null if the request has none'),
  submissions: z.array(rowSubmission).readonly(),
  jobIds: z.array(z.string()).readonly(),
  charge,
};

export const sidecarSchema = z
  .object({
    file: z.string().describe('name of the file, without a path'),
    sha256: z.string(),
    bytes: count,
    mimeType: z.string(),
    role: z.string(),
    batch: z.string().optional(),
    batchCreatedAt: time.optional(),
    key: z.string(),
    ...describedWork,
    values: z.record(z.string(), z.unknown()).readonly().describe('columns and variables of the row'),
    earlierSteps: z
      .array(z.object(describedWork))
      .readonly()
      .optional()
      .describe('the steps before that of the file, in order; absent if there are none'),
  })
  .meta({ id: 'Sidecar' });

const spaceFields = {
  files: count,
  bytes: count,
  changedAt: time.nullable().describe('time of the newest change; null if there are no files'),
};
const space = z.object(spaceFields);

const STATES = ['running', 'paused', 'completed', 'cancelled', 'failed', 'deleted', 'incomplete', 'not-known'] as const;

export const usageSchema = z
  .object({
    batches: z
      .array(
        z.object({
          id: z.string(),
          state: z
            .enum(STATES)
            .describe(
              'incomplete: it was never completely planned; not-known: Temporal does not know it, or no longer',
            ),
          ...spaceFields,
        }),
      )
      .readonly(),
    items: space.describe('results of single items'),
    submissions: space.optional().describe('records of the submissions of single items'),
    schedules: space.optional().describe('rows of schedules'),
    inputs: space.optional().describe('files that requests name as inputs'),
    uploads: space.optional().describe('records of uploaded inputs'),
    segments: space.optional().describe('previews of segments'),
    thumbnails: space.optional().describe('small pictures for the dashboard'),
    staged: space.optional().describe('files that are being written, or that a killed worker left'),
    other: space.optional(),
    total: space,
  })
  .meta({ id: 'Usage', description: 'Without the optional parts for a token that is limited to a prefix.' });
