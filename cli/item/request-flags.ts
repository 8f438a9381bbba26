/** The flags for a request's fields, derived from the operation's row: new fields need no code here. */
import type { Command } from 'commander';
import { parseField } from '../../input/requests/field-text';
import { getOwn } from '../../workflows/domain/base/own-value';
import type { RequestFields } from '../../workflows/domain/item/item';
import {
  describeField,
  type FieldRule,
  getOperationRow,
  type OperationName,
} from '../../workflows/domain/operations/operations';

/** The operation of a command, and the field that is an argument instead of a flag; `null` if none is. */
export interface RequestSyntax {
  readonly operation: OperationName;
  readonly argument: string | null;
}

type Fields = readonly (readonly [string, FieldRule])[];
type FlagValues = Readonly<Record<string, string | boolean | undefined>>;

/** Adds one flag per field, except for the one that is an argument. */
export function addRequestFlags(command: Command, syntax: RequestSyntax): void {
  addFieldFlags(command, flagFields(syntax));
}

/** Adds one flag per field. */
export function addFieldFlags(command: Command, fields: Fields): void {
  for (const [field, rule] of fields) {
    command.option(`--${toDashes(field)} ${rule.type === 'flag' ? '[value]' : '<value>'}`, aboutFlag(rule));
  }
}

function aboutFlag(rule: FieldRule): string {
  const about = `${describeField(rule)}${rule.required === true ? '; required' : ''}`;
  return rule.type === 'choice' ? `${rule.choices.join(', ')}; ${about}` : about;
}

export function toRequest(syntax: RequestSyntax, argument: string, values: FlagValues): RequestFields {
  const first = syntax.argument === null ? {} : { [syntax.argument]: argument };
  return { ...first, ...readFieldFlags(flagFields(syntax), values) };
}

/** The values of the given flags, parsed by the rules of their fields. */
export function readFieldFlags(fields: Fields, values: FlagValues): RequestFields {
  const given = fields.flatMap(([field, rule]) => {
    const value = getOwn(values, camelCase(field));
    if (value === undefined) return [];
    return [[field, typeof value === 'string' ? parseField(rule, value) : value]];
  });
  return Object.fromEntries(given);
}

function flagFields({ operation, argument }: RequestSyntax): Fields {
  return Object.entries(getOperationRow(operation).fields).filter(([field]) => field !== argument);
}

/** The spelling of a field or an option in a flag. */
export function toDashes(field: string): string {
  return field.replace(/_/g, '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The name under which commander keeps the value of a flag. */
function camelCase(field: string): string {
  return field.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}
