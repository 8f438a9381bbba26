/**
 * Parses the provider's answers. Every documented field is nullable and extra fields are allowed. A field of an
 * unexpected type counts as absent rather than making the whole answer unreadable.
 */
import { z } from 'zod';

/** Maximum length of a name, in characters; names go into histories, logs and records. */
const MAX_NAME = 200;

const text = z.string().min(1).nullish().catch(null);
/** A code or a state; longer ones are cut. */
const name = z
  .string()
  .min(1)
  .transform((long) => long.slice(0, MAX_NAME))
  .nullish()
  .catch(null);
const number = z.number().nullish().catch(null);

export const jobQueuedSchema = z.looseObject({
  // Opaque. A number is accepted too: losing the id of a paid job is worse than converting a type.
  job_id: z
    .union([z.string().min(1).max(MAX_NAME), z.number().transform(String)])
    .nullish()
    .catch(null),
  status: name,
  estimated_time_seconds: number,
});
export type JobQueued = z.infer<typeof jobQueuedSchema>;

export const jobStatusSchema = z.looseObject({
  job_id: text,
  status: name,
  progress: number,
  result_mime_type: text,
  error: z.unknown().optional(),
  failure_reason_code: name,
  retryable: z.boolean().nullish().catch(null),
  credits_charged: z.boolean().nullish().catch(null),
  credits_amount: number,
  cost_usd: number,
  balance_remaining_usd: number,
  // No source documents a balance in credits; named like the other fields, in case the API sends one.
  credits_remaining: number,
  queued_at: text,
  completed_at: text,
  total_elapsed_seconds: number,
});
export type JobStatus = z.infer<typeof jobStatusSchema>;

export const uploadSchema = z.looseObject({ url: text });

const problemSchema = z.looseObject({
  loc: z
    .array(z.union([z.string(), z.number()]))
    .optional()
    .catch([]),
  msg: z.string().optional().catch(undefined),
});

export const errorBodySchema = z.looseObject({
  error_code: name,
  message: text,
  error: z.unknown().optional(),
  detail: z
    .union([z.string(), z.array(problemSchema)])
    .nullish()
    .catch(null),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;
