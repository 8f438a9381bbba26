/** Checks of the fields of an input. Each check has its JSON schema; a test compares what they accept. */
import { findDurationProblem, MAX_DURATION_MS } from '../base/durations';
import { isObject } from '../base/is-object';
import { getOwn } from '../base/own-value';
import { brokenKeyRule, SAFE_KEY_SCHEMA } from '../base/safe-key';
import type { InputProblem } from '../item/application-failure';
import { isOperationName, OPERATION_NAMES } from '../operations/operations';

/** A JSON schema, draft 7. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Finds every problem of a value, and has the schema that says the same to callers in other languages. */
export interface Check {
  (value: unknown, field: string): readonly InputProblem[];
  readonly schema: JsonSchema;
  /** Whether the field must be present. */
  readonly isRequired?: true;
}

export type InputChecks = Readonly<Record<string, Check>>;

type FindProblems = (value: unknown, field: string) => readonly InputProblem[];

export function check(findProblems: FindProblems, schema: JsonSchema): Check {
  return Object.assign((value: unknown, field: string) => findProblems(value, field), { schema });
}

/** The schema of an input. */
export function toSchema(checks: InputChecks): JsonSchema {
  const required = Object.entries(checks).flatMap(([name, { isRequired }]) => (isRequired ? [name] : []));
  const properties = Object.fromEntries(Object.entries(checks).map(([name, { schema }]) => [name, schema]));
  return { type: 'object', properties, ...(required.length === 0 ? {} : { required }), additionalProperties: false };
}

/** Fields of an item that only the library and the workflow itself set: messages do not offer them. */
const INTERNAL_FIELDS: readonly string[] = ['jobId', 'supersedes', 'supersededJobs', 'carried'];
const isOffered = (name: string) => !INTERNAL_FIELDS.includes(name);

/** Every problem of an input, in the order of the checks, followed by unknown fields. */
export function findInputProblems(checks: InputChecks, input: unknown): readonly InputProblem[] {
  if (isObject(input)) return findFieldProblems(checks, input, '');
  return [{ field: 'the input', problem: `is ${showKind(input)}; must be an object` }];
}

function findFieldProblems(checks: InputChecks, value: Readonly<Record<string, unknown>>, prefix: string) {
  const known = Object.entries(checks).flatMap(([name, check]) => check(getOwn(value, name), `${prefix}${name}`));
  const others = Object.keys(value).filter((name) => !Object.hasOwn(checks, name));
  const names = Object.keys(checks).filter(isOffered).join(', ');
  return [
    ...known,
    ...others.map((name) => ({ field: `${prefix}${name}`, problem: `is not known; must be one of ${names}` })),
  ];
}

/** Shows a text, and what is in no object: for values that cannot contain a prompt. */
function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : showKind(value);
}

/** Never shows a value that may contain a prompt. */
export function showKind(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return 'a text';
  if (Array.isArray(value)) return 'a list';
  return isObject(value) ? 'an object' : JSON.stringify(value);
}

/** @param problemOf returns the problem of a value that is present */
export function by(problemOf: (value: unknown) => string | null, schema: JsonSchema): Check {
  return check((value, field) => {
    const problem = problemOf(value);
    return problem === null ? [] : [{ field, problem }];
  }, schema);
}

export function kind(isRight: (value: unknown) => boolean, right: string, schema: JsonSchema): Check {
  return by((value) => (isRight(value) ? null : `is ${show(value)}; must be ${right}`), schema);
}

export function required(one: Check): Check {
  const whole = check((value, field) => {
    return value === undefined ? [{ field, problem: 'is missing' }] : one(value, field);
  }, one.schema);
  return Object.assign(whole, { isRequired: true as const });
}

export function optional(one: Check): Check {
  return check((value, field) => (value === undefined ? [] : one(value, field)), one.schema);
}

export function nullable(one: Check): Check {
  const schema = { anyOf: [one.schema, { type: 'null' }] };
  return check((value, field) => (value === null ? [] : one(value, field)), schema);
}

/** One check per field of `T`; the type makes the list complete. */
export type ChecksOf<T> = Readonly<Record<keyof T & string, Check>>;

export function object<T = Readonly<Record<string, unknown>>>(checks: ChecksOf<T>): Check {
  return check(
    (value, field) => (isObject(value) ? findFieldProblems(checks, value, `${field}.`) : anyObject(value, field)),
    toSchema(checks),
  );
}

export function record(one: Check): Check {
  return check(
    (value, field) =>
      isObject(value)
        ? Object.entries(value).flatMap(([name, member]) => one(member, `${field}.${name}`))
        : anyObject(value, field),
    { type: 'object', additionalProperties: one.schema },
  );
}

/** Written by the workflow itself, so it is not checked. */
export const anything = check(() => [], {});
export const anyObject = by((value) => (isObject(value) ? null : `is ${showKind(value)}; must be an object`), {
  type: 'object',
});
export const text = kind((value) => typeof value === 'string' && value !== '', 'a text', {
  type: 'string',
  minLength: 1,
});
/** A text that names files: an id, a key, an account. */
export const name = by((value) => {
  const rule = typeof value === 'string' ? brokenKeyRule(value) : 'must be a text';
  return rule === null ? null : `is ${show(value)}; ${rule}`;
}, SAFE_KEY_SCHEMA);
export const flag = kind((value) => typeof value === 'boolean', 'true or false', { type: 'boolean' });
const isListOfTexts = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string');
export const stepIds = kind(isListOfTexts, 'a list of ids of steps', { type: 'array', items: { type: 'string' } });
export const isWhole = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0;
export const whole = kind(isWhole, 'a whole number from 0', { type: 'integer', minimum: 0 });
const isAmount = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
export const amount = kind(isAmount, 'a number from 0', { type: 'number', minimum: 0 });
export const duration = by(findDurationProblem, { type: 'integer', minimum: 1, maximum: MAX_DURATION_MS });
export const operation = by(
  (value) =>
    typeof value === 'string' && isOperationName(value)
      ? null
      : `is ${show(value)}; must be one of ${OPERATION_NAMES.join(', ')}`,
  { enum: OPERATION_NAMES },
);
