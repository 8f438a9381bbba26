/** Parts of the schemas of answers. */
import { z } from 'zod';

/** Simple schemas: zod's own would list every bound of a double and every leap year. */
export const count = z.number().meta({ type: 'integer', minimum: 0 });
export const time = z.string().meta({ format: 'date-time' });
export const OUTCOMES = ['succeeded', 'failed', 'cancelled', 'unknown'] as const;
export const outcome = z.enum(OUTCOMES);
export const counts = z.record(z.string(), count).readonly();

export const charge = z
  .object({ credits: z.number().nullable(), usd: z.number().nullable() })
  .describe('cost of a job, as reported by the provider');

/** A file in the store. */
export const storedFields = {
  file: z.string().describe('its path on this server: GET returns its bytes'),
  sha256: z.string(),
  bytes: count,
  mimeType: z.string(),
  width: count.nullable(),
  height: count.nullable(),
  verified: z.boolean(),
  durationMs: count.optional(),
  sampleRate: count.optional(),
};

export const fileSchema = z
  .object({ role: z.string().describe('what it is, for example result or cutout'), ...storedFields })
  .meta({ id: 'File' });

export const fileListSchema = z.object({ files: z.array(fileSchema).readonly() }).meta({ id: 'FileList' });

export const notifications = z
  .object({
    receiver: z.string().describe('scheme and host'),
    last: z
      .array(
        z.object({
          id: z.string().describe('header webhook-id'),
          type: z.string(),
          timestamp: time.describe('when it happened'),
          state: z.enum(['pending', 'delivered', 'refused', 'undelivered']),
          attempts: count.nullable().describe('null: not known'),
          answer: z.string().nullable().describe('the last answer or problem, for instance HTTP 500'),
          nextAttemptAt: time.nullable(),
          endedAt: time.nullable(),
        }),
      )
      .readonly()
      .describe('at most ten, newest first'),
  })
  .optional()
  .describe('where notifications go, and the newest ones; absent without a receiver');

export const warnings = z
  .array(z.string())
  .readonly()
  .describe('checks that could not be made, as sentences; usually empty');

export const cause = z.string().nullable().describe('the cause, as one sentence');
export const holdSchema = z
  .object({ code: z.string(), since: time, until: time.nullable(), cause, remedy: z.string() })
  .describe('why the account submits nothing');
