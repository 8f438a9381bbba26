import { isRecord } from '../checks';

/** One entry of the published 422 body. */
export interface FieldProblem {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** A fault inside a field; `at` is the path from the field to the faulty part. */
export interface Fault {
  readonly at?: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

type FieldCheck = (value: unknown) => readonly Fault[];

export interface Field {
  readonly required?: true;
  readonly check: FieldCheck;
}

/** Returns the problems of unknown fields, which some of the published schemas forbid. */
export function checkNames(
  fields: Readonly<Record<string, Field>>,
  body: Readonly<Record<string, unknown>>,
): readonly FieldProblem[] {
  const unknown = Object.keys(body).filter((name) => !Object.hasOwn(fields, name));
  return unknown.map((name) => ({
    loc: ['body', name],
    msg: 'Extra inputs are not permitted',
    type: 'extra_forbidden',
  }));
}

/** Returns every problem of the known fields of a body. */
export function checkFields(
  fields: Readonly<Record<string, Field>>,
  body: Readonly<Record<string, unknown>>,
): readonly FieldProblem[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    if (body[name] === undefined) {
      return field.required ? [{ loc: ['body', name], msg: 'Field required', type: 'missing' }] : [];
    }
    return field.check(body[name]).map(({ at = [], msg, type }) => ({ loc: ['body', name, ...at], msg, type }));
  });
}

export const text: FieldCheck = (value) =>
  typeof value === 'string' ? [] : [{ msg: 'Input should be a valid string', type: 'string_type' }];

export const filledText: FieldCheck = (value) =>
  value === '' ? [{ msg: 'String should have at least 1 character', type: 'string_too_short' }] : text(value);

export const flag: FieldCheck = (value) =>
  typeof value === 'boolean' ? [] : [{ msg: 'Input should be a valid boolean', type: 'bool_type' }];

export function number(least: number, most = Number.POSITIVE_INFINITY): FieldCheck {
  return (value) => {
    if (typeof value !== 'number') return [{ msg: 'Input should be a valid number', type: 'float_type' }];
    if (value < least) return [bound('greater', least)];
    return value > most ? [bound('less', most)] : [];
  };
}

export function integer(least: number, most?: number): FieldCheck {
  return (value) =>
    Number.isInteger(value)
      ? number(least, most)(value)
      : [{ msg: 'Input should be a valid integer', type: 'int_type' }];
}

export function oneOf(values: readonly string[]): FieldCheck {
  const named = values.map((value) => `'${value}'`).join(', ');
  return (value) =>
    typeof value === 'string' && values.includes(value)
      ? []
      : [{ msg: `Input should be one of ${named}`, type: 'literal_error' }];
}

export function nullable(check: FieldCheck): FieldCheck {
  return (value) => (value === null ? [] : check(value));
}

export function listOf(check: FieldCheck): FieldCheck {
  return (value) => {
    if (!Array.isArray(value)) return [{ msg: 'Input should be a valid list', type: 'list_type' }];
    return value.flatMap((item, index) => check(item).map((fault) => ({ ...fault, at: [index, ...(fault.at ?? [])] })));
  };
}

const HEX_COLOUR = /^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;

export const hexColour: FieldCheck = (value) =>
  typeof value === 'string' && HEX_COLOUR.test(value)
    ? []
    : [{ msg: 'Input should be a hex colour such as #1a2b3c', type: 'color_error' }];

export const webUrl: FieldCheck = (value) => {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  return url !== null && /^https?:$/.test(url.protocol)
    ? []
    : [{ msg: 'Input should be a valid http or https URL', type: 'url_parsing' }];
};

function bound(side: 'greater' | 'less', limit: number): Fault {
  return { msg: `Input should be ${side} than or equal to ${limit}`, type: `${side}_than_equal` };
}

export function textUpTo(most: number): FieldCheck {
  return (value) =>
    typeof value === 'string' && value.length > most
      ? [{ msg: `String should have at most ${most} characters`, type: 'string_too_long' }]
      : filledText(value);
}

export function multipleOf(step: number, least: number, most: number): FieldCheck {
  return (value) => {
    const faults = integer(least, most)(value);
    if (faults.length > 0 || Number(value) % step === 0) return faults;
    return [{ msg: `Input should be a multiple of ${step}`, type: 'multiple_of' }];
  };
}

export function either(one: FieldCheck, other: FieldCheck): FieldCheck {
  return (value) => {
    const faults = one(value);
    return faults.length === 0 || other(value).length === 0 ? [] : faults;
  };
}

export const object: FieldCheck = (value) =>
  isRecord(value) ? [] : [{ msg: 'Input should be a valid dictionary', type: 'dict_type' }];

export const requiredAddress: Field = { required: true, check: webUrl };
export const optionalText: Field = { check: nullable(text) };
