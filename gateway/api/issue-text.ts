/** Converts schema issues to messages: what was found, and what is allowed. Never quotes text. */
import type { core } from 'zod';
import { adviseName } from '../../input/requests/closest-match';
import type { FieldProblem } from '../../input/requests/request-schema';

type Issue = core.$ZodIssue;
type IssueOf<C extends Issue['code']> = Extract<Issue, { code: C }>;

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

const WORDS: { readonly [C in Issue['code']]?: (issue: IssueOf<C>) => string } = {
  invalid_type: ({ expected, input }) => `${describeFound(input)}; must be ${TYPE_WORDS[expected] ?? expected}`,
  invalid_value: ({ values, input }) =>
    `${describeFound(input)}; must be ${values.length === 1 ? '' : 'one of '}${values.join(', ')}`,
  too_small: ({ origin, minimum, inclusive, input }) =>
    isSized(origin)
      ? `is too short; must have at least ${minimum}`
      : `${describeFound(input)}; must be ${inclusive === false ? 'above' : 'at least'} ${minimum}`,
  too_big: ({ origin, maximum, input }) =>
    isSized(origin)
      ? `is too long; must have at most ${maximum}`
      : `${describeFound(input)}; must be at most ${maximum}`,
  invalid_key: () => 'is not known',
  // The schemas have their own messages for these.
  invalid_format: ({ message }) => message,
  custom: ({ message }) => message,
};

/** @param knownAt returns the field names at a path, for messages about unknown fields */
export function toProblems(issue: Issue, knownAt: (path: Issue['path']) => readonly string[]): readonly FieldProblem[] {
  const place = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const known = knownAt(issue.path);
    return issue.keys.map((key) => ({ field: [...place, key].join('.'), problem: describeUnknownField(key, known) }));
  }
  const words = WORDS[issue.code] as ((issue: Issue) => string) | undefined;
  return [{ field: place.join('.') || 'body', problem: words?.(issue) ?? 'is invalid' }];
}

export function describeUnknownField(field: string, known: readonly string[]): string {
  return known.length === 0 ? 'is not known' : `is not known; ${adviseName(field, known)}`;
}

function isSized(origin: string): boolean {
  return origin === 'string' || origin === 'array' || origin === 'set';
}

function describeFound(value: unknown): string {
  if (value === undefined) return 'is missing';
  if (typeof value === 'number') return Number.isNaN(value) ? 'is not a number' : `is ${value}`;
  if (typeof value === 'boolean' || value === null) return `is ${value}`;
  if (typeof value === 'string') return value.trim() === '' ? 'is empty' : `is a text of ${value.length} characters`;
  return Array.isArray(value) ? 'is a list' : 'is an object';
}
