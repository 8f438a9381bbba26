/** How answers are described in the OpenAPI document. */
import type { z } from 'zod';
import { PROBLEM_TYPE, problemSchema } from './problem';

/** Every route may answer with it. */
const problems = {
  default: {
    description: 'Something is wrong; "code" says what, "remedy" what to do.',
    content: { [PROBLEM_TYPE]: { schema: problemSchema } },
  },
} as const;

export function answers<T extends z.ZodType>(description: string, schema: T) {
  return { 200: { description, content: { 'application/json': { schema } } }, ...problems };
}

/** What was asked for goes on by itself; its address is in the header `Location`. */
export function describeAccepted<T extends z.ZodType>(description: string, schema: T) {
  const words = `${description} Location has its address.`;
  return { 202: { description: words, content: { 'application/json': { schema } } }, ...problems };
}

/** An answer that is no JSON as a whole. */
export function describeStream(contentType: string, description: string, schema: z.ZodType) {
  return { 200: { description, content: { [contentType]: { schema } } }, ...problems };
}
