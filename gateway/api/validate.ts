/** Validates requests by the schemas of the routes. Reports every problem at once. */
import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import { InvalidRequestError } from '../../client/errors';
import type { FieldProblem } from '../../input/requests/request-schema';
import { isObject } from '../../workflows/domain/base/is-object';
import { getOwn } from '../../workflows/domain/base/own-value';
import { toProblems } from './issue-text';

/** A check that a schema cannot express, for instance between two fields. */
export type FurtherCheck = (value: Readonly<Record<string, unknown>>) => readonly FieldProblem[];

/**
 * @param checkFurther finds further problems of the body, like the library's checks; those of fields with a schema
 * problem are left out
 */
export function validateBySchema(checkFurther: FurtherCheck = () => []): FastifySchemaCompiler<unknown> {
  return ({ schema, httpPart }) => {
    if (!(schema instanceof z.ZodType)) throw new TypeError('the schema of a route must be a zod schema');
    return (value: unknown) => {
      const parsed = schema.safeParse(value, { reportInput: true });
      const bySchema = parsed.success
        ? []
        : parsed.error.issues.flatMap((issue) => toProblems(issue, (path) => fieldsAt(schema, path)));
      const named = new Set(bySchema.map(({ field }) => field));
      const further = httpPart === 'body' && isObject(value) ? checkFurther(value) : [];
      const problems = [...bySchema, ...further.filter(({ field }) => !named.has(field))];
      return parsed.success && problems.length === 0
        ? { value: parsed.data }
        : { error: new InvalidRequestError(problems) };
    };
  };
}

/** Returns the field names at a path; empty if any name is allowed. */
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
