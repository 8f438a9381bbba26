/** Checks a request against its operation's row. Reports every problem at once, by field, with what is allowed. */
import { z } from 'zod';
import { getOwn } from '../../workflows/domain/base/own-value';
import type { RequestFields } from '../../workflows/domain/item/item';
import {
  describeField,
  type FieldRule,
  findFieldRule,
  getOperationRow,
  type OperationName,
} from '../../workflows/domain/operations/operations';
import { adviseName } from './closest-match';
import { type AcceptedInputs, describeInput, isAcceptedInput, WEB_INPUTS } from './input-reference';
import { visibleText } from './visible-text';

/** One problem of a request, and what is allowed. */
export interface FieldProblem {
  readonly field: string;
  readonly problem: string;
}

/** A regular expression without flags, which JSON Schema does not support. */
const COLOUR = /^#[0-9a-fA-F]{6}$/;

/** Describes the allowed values, for messages. */
function describeExpectation(rule: FieldRule, accepted: AcceptedInputs): string {
  switch (rule.type) {
    case 'integer':
      return `a ${rule.multipleOf === undefined ? 'whole number' : `multiple of ${rule.multipleOf}`} from ${rule.minimum} to ${rule.maximum}`;
    case 'number':
      return `a number from ${rule.minimum} to ${rule.maximum}`;
    case 'text':
      return `a text of 1 to ${rule.maximumLength} characters`;
    case 'texts':
      return `a list of texts of 1 to ${rule.maximumLength} characters`;
    case 'url':
      return describeInput(rule, accepted);
    case 'urls':
      return `${describeInput(rule, accepted)}, or a list of them`;
    case 'choice':
      return `one of ${rule.choices.join(', ')}`;
    case 'flag':
      return 'true or false';
    case 'colour':
      return 'a colour like #0a7cff';
    case 'colours':
      return 'a list of colours like #0a7cff';
    case 'object':
      return 'an object';
  }
}

function toRequiredSchema(rule: FieldRule, accepted: AcceptedInputs): z.ZodType {
  switch (rule.type) {
    case 'integer':
      return z
        .number()
        .int()
        .min(rule.minimum)
        .max(rule.maximum)
        .multipleOf(rule.multipleOf ?? 1);
    case 'number':
      return z.number().min(rule.minimum).max(rule.maximum);
    case 'text':
      return textSchema(rule.maximumLength);
    case 'texts':
      return z.array(textSchema(rule.maximumLength)).min(1);
    case 'url':
      return addressSchema(rule, accepted);
    case 'urls':
      return z.union([addressSchema(rule, accepted), z.array(addressSchema(rule, accepted)).min(1)]);
    case 'choice':
      return z.enum(rule.choices);
    case 'flag':
      return z.boolean();
    case 'colour':
      return z.string().regex(COLOUR);
    case 'colours':
      return z.array(z.string().regex(COLOUR)).min(1);
    case 'object':
      return z.record(z.string(), z.unknown());
  }
}

function textSchema(maximumLength: number): z.ZodType {
  return z
    .string()
    .max(maximumLength)
    .refine((text) => text.trim() !== '')
    .meta({ minLength: 1, pattern: '\\S' });
}

function addressSchema(rule: AddressRule, accepted: AcceptedInputs): z.ZodType {
  const isAccepted = (value: string) => isAcceptedInput(rule, value, accepted);
  return z.string().max(rule.maximumLength).refine(isAccepted);
}

function toSchema(rule: FieldRule, accepted: AcceptedInputs): z.ZodType {
  const schema = toRequiredSchema(rule, accepted);
  return rule.required ? schema : schema.optional();
}

type AddressRule = Extract<FieldRule, { type: 'url' | 'urls' }>;

interface CheckedField {
  readonly field: string;
  readonly rule: FieldRule;
  readonly schema: z.ZodType;
}

/** Cached per operation: a batch may check millions of rows. */
const CHECKED_FIELDS = new Map<AcceptedInputs, Map<OperationName, readonly CheckedField[]>>();

function checkedFields(operation: OperationName, accepted: AcceptedInputs): readonly CheckedField[] {
  const cache = CHECKED_FIELDS.get(accepted) ?? new Map<OperationName, readonly CheckedField[]>();
  CHECKED_FIELDS.set(accepted, cache);
  const made = cache.get(operation);
  if (made !== undefined) return made;
  const { fields } = getOperationRow(operation);
  const checked = Object.entries(fields).map(([field, rule]) => ({ field, rule, schema: toSchema(rule, accepted) }));
  cache.set(operation, checked);
  return checked;
}

/** The schema of an operation's request, for documentation. To check a request, use `requestProblems`. */
export function requestSchema(operation: OperationName): z.ZodType {
  return valuesSchema(getOperationRow(operation).fields);
}

/** The schema of values whose rules belong to no operation, for documentation. To check values, use `valueProblems`. */
export function valuesSchema(rules: Readonly<Record<string, FieldRule>>): z.ZodType {
  const fields = Object.entries(rules).map(([field, rule]) => {
    return [field, toSchema(rule, WEB_INPUTS).describe(describeField(rule))];
  });
  return z.strictObject(Object.fromEntries(fields));
}

/**
 * Returns every problem of a request; empty if it is valid.
 *
 * @param accepted how inputs may be named; default by addresses that the provider reads
 */
export function requestProblems(
  operation: OperationName,
  request: RequestFields,
  accepted: AcceptedInputs = WEB_INPUTS,
): readonly FieldProblem[] {
  const { fields } = getOperationRow(operation);
  const known = checkedFields(operation, accepted).flatMap((checked) =>
    describeFieldProblem(checked, getOwn(request, checked.field), accepted),
  );
  const unknown = Object.keys(request).filter((field) => findFieldRule(operation, field) === undefined);
  return [
    ...known,
    ...describeMissingInput(operation, request),
    ...unknown.map((field) => describeUnknownField(field, Object.keys(fields))),
  ];
}

/** Returns every problem of values whose rules belong to no operation. */
export function valueProblems(
  rules: Readonly<Record<string, FieldRule>>,
  values: RequestFields,
): readonly FieldProblem[] {
  const known = Object.entries(rules).flatMap(([field, rule]) =>
    describeFieldProblem({ field, rule, schema: toSchema(rule, WEB_INPUTS) }, getOwn(values, field), WEB_INPUTS),
  );
  const unknown = Object.keys(values).filter((field) => !Object.hasOwn(rules, field));
  const names = Object.keys(rules);
  return [...known, ...unknown.map((field) => ({ field, problem: `is not known; ${adviseName(field, names)}` }))];
}

/** The problem of a request without any of the inputs of which it needs one. */
function describeMissingInput(operation: OperationName, request: RequestFields): FieldProblem[] {
  const { requiresOneOf = [], main } = getOperationRow(operation);
  if (requiresOneOf.length === 0 || requiresOneOf.some((field) => getOwn(request, field) !== undefined)) return [];
  return [{ field: main, problem: `is missing; a request needs ${requiresOneOf.join(' or ')}` }];
}

function describeFieldProblem(
  { field, rule, schema }: CheckedField,
  value: unknown,
  accepted: AcceptedInputs,
): FieldProblem[] {
  if (schema.safeParse(value).success) return [];
  const found = value === undefined ? 'is missing' : `is ${formatValue(rule, value)}`;
  return [{ field, problem: `${found}${findHint(rule, value)}; must be ${describeExpectation(rule, accepted)}` }];
}

/** A hint if the text shows how a number was changed, for instance by a spreadsheet. */
function findHint({ type }: FieldRule, value: unknown): string {
  if (typeof value !== 'string' || (type !== 'integer' && type !== 'number')) return '';
  return NUMBER_HINTS.find(({ form }) => form.test(value.trim()))?.hint ?? '';
}

const NUMBER_HINTS = [
  {
    form: /^[+-]?\d+([.,]\d+)?e[+-]?\d+$/i,
    hint: ', a number that a spreadsheet has rounded: format the column as text and enter the number again',
  },
  { form: /^[+-]?\d+,\d+$/, hint: ' with a decimal comma: write a point' },
] as const;

const MAX_SHOWN_CHARACTERS = 60;

/** Formats a value for a message. Never quotes a private or a long text. */
function formatValue({ isPrivate }: FieldRule, value: unknown): string {
  const mayShow = isPrivate !== true;
  if (typeof value === 'string') {
    if (value.trim() === '') return 'empty';
    const isShort = value.length <= MAX_SHOWN_CHARACTERS;
    return mayShow && isShort ? visibleText(value) : `a text of ${value.length} characters`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  const text = JSON.stringify(value);
  if (mayShow && text.length <= MAX_SHOWN_CHARACTERS) return text;
  return Array.isArray(value) ? 'a list' : 'an object';
}

function describeUnknownField(field: string, names: readonly string[]): FieldProblem {
  return { field, problem: `is not a field of this operation; ${adviseName(field, names)}` };
}
