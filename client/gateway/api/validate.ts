/** Checks what callers send against the schemas of the routes: every problem at once, in our own words. */
import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import { InvalidRequestError } from '../../errors';
import type { FieldProblem } from '../../request-schema';
import { problemsOfIssue } from './issue-words';

/** What a schema cannot say of a value, for instance since one field is checked by another. */
export type FurtherCheck = (value: unknown) => readonly FieldProblem[];

/** @param checkFurther problems beside those of the schema; of a field that has one already they are left out */
export function validateBySchema(checkFurther: FurtherCheck = () => []): FastifySchemaCompiler<unknown> {
  return ({ schema }) => {
    if (!(schema instanceof z.ZodType)) throw new TypeError('a route has a schema that is none of zod');
    const known = fieldsOf(schema);
    return (value: unknown) => {
      const parsed = schema.safeParse(value, { reportInput: true });
      const bySchema = parsed.success ? [] : parsed.error.issues.flatMap((issue) => problemsOfIssue(issue, known));
      const named = new Set(bySchema.map(({ field }) => field));
      const problems = [...bySchema, ...checkFurther(value).filter(({ field }) => !named.has(field))];
      return parsed.success && problems.length === 0
        ? { value: parsed.data }
        : { error: new InvalidRequestError(problems) };
    };
  };
}

function fieldsOf(schema: z.ZodType): readonly string[] {
  const inner = schema instanceof z.ZodOptional || schema instanceof z.ZodNullable ? schema.unwrap() : schema;
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}
