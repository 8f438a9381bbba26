/** Checks and patterns that several schemas of requests share. */
import type { z } from 'zod';

/** Adds a check of the library, with its message. */
export function refineSchema<T extends z.ZodType>(schema: T, problemOf: (value: z.output<T>) => string | null): T {
  return schema.superRefine((value, context) => {
    const problem = problemOf(value);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });
}

/** A number of items, or a share of them. */
export const MAX_FAILURES_PATTERN = '^([0-9]{1,9}|([0-9]{1,2}([.][0-9]{1,9})?|100)%)$';
