/** Schemas of the answers about the store. */
import { z } from 'zod';
import { count, time } from './answer-parts';

export const deletedSchema = z
  .object({
    id: z.string(),
    files: count.describe('files that this request has removed'),
    bytes: count,
    alreadyDeleted: z.boolean().describe('whether an earlier request had deleted it, at least in part'),
  })
  .meta({ id: 'Deleted' });

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
