/** Validates requests by the schemas of the routes. Reports every problem at once. */
import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import { InvalidRequestError } from '../../connection/errors';
import type { FieldProblem } from '../../input/requests/request-schema';
import { isObject } from '../../workflows/domain/base/is-object';
import { getOwn } from '../../workflows/domain/base/own-value';
import { toProblems } from './issue-text';

/** A check that a schema cannot express, for instance between two fields. */
export type FurtherCheck = (value: Readonly<Record<string, unknown>>) => readonly FieldProblem[];

/** @param checkFurther finds further problems of the body, like the library's checks */
export function validateBySchema(checkFurther: FurtherCheck = () => []): FastifySchemaCompiler<unknown> {
  return ({ schema, httpPart }) => {
    if (!(schema instanceof z.ZodType)) throw new TypeError('the schema of a route must be a zod schema');
    return (value: unknown) => {
      const { data, problems } = checkBySchema(schema, value, httpPart === 'body' ? checkFurther : () => []);
      return problems.length === 0 ? { value: data } : { error: new InvalidRequestError(problems) };
    };
  };
}

/** Validates only the parts of a request beside its body: the handler validates bodies itself. */
export const leaveBody: FastifySchemaCompiler<unknown> = (route) =>
  route.httpPart === 'body' ? (value: unknown) => ({ value }) : validateBySchema()(route);

/** A value, or its problems. */
type Checked<T> =
  | { readonly data: T; readonly problems: readonly [] }
  | { readonly data?: never; readonly problems: readonly FieldProblem[] };

/** @param checkFurther its problems of fields with a schema problem are left out */
export function checkBySchema<T extends z.ZodType>(
  schema: T,
  value: unknown,
  checkFurther: FurtherCheck,
): Checked<z.output<T>> {
  const parsed = schema.safeParse(value, { reportInput: true });
  const bySchema = parsed.success
    ? []
    : parsed.error.issues.flatMap((issue) => toProblems(issue, (path) => fieldsAt(schema, path)));
  const problems = withoutNamed(bySchema, isObject(value) ? checkFurther(value) : []);
  return parsed.success && problems.length === 0 ? { data: parsed.data, problems: [] } : { problems };
}

/** All problems of the first list, and those of the second whose field has none there. */
export function withoutNamed(first: readonly FieldProblem[], second: readonly FieldProblem[]): readonly FieldProblem[] {
  const named = new Set(first.map(({ field }) => field));
  return [...first, ...second.filter(({ field }) => !named.has(field))];
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
