/** Checks what callers send against the schemas of the routes: every problem at once, in our own words. */
import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import { InvalidRequestError } from '../../client/errors';
import type { FieldProblem } from '../../client/requests/request-schema';
import { getOwn } from '../../workflows/domain/base/own-value';
import { toProblems } from './issue-text';

/** What a schema cannot say of a value, for instance since one field is checked by another. */
export type FurtherCheck = (value: unknown) => readonly FieldProblem[];

/** @param checkFurther problems beside those of the schema; of a field that has one already they are left out */
export function validateBySchema(checkFurther: FurtherCheck = () => []): FastifySchemaCompiler<unknown> {
  return ({ schema }) => {
    if (!(schema instanceof z.ZodType)) throw new TypeError('a route has a schema that is none of zod');
    return (value: unknown) => {
      const parsed = schema.safeParse(value, { reportInput: true });
      const bySchema = parsed.success
        ? []
        : parsed.error.issues.flatMap((issue) => toProblems(issue, (path) => fieldsAt(schema, path)));
      const named = new Set(bySchema.map(({ field }) => field));
      const problems = [...bySchema, ...checkFurther(value).filter(({ field }) => !named.has(field))];
      return parsed.success && problems.length === 0
        ? { value: parsed.data }
        : { error: new InvalidRequestError(problems) };
    };
  };
}

/** None where any name is taken. */
function fieldsAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const inner = unwrap(schema);
  const [name, ...rest] = path;
  if (inner instanceof z.ZodObject) {
    if (name === undefined) return Object.keys(inner.shape);
    const field: z.core.$ZodType | undefined = getOwn(inner.shape, String(name));
    return field === undefined ? [] : fieldsAt(field, rest);
  }
  const names = inner instanceof z.ZodRecord ? inner.keyType : null;
  return name === undefined && names instanceof z.ZodEnum ? names.options.map(String) : [];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodNullable ? unwrap(schema.unwrap()) : schema;
}
