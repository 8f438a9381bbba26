/** The flags for a request's fields, derived from the operation's row: new fields need no code here. */
import type { Command } from 'commander';
import { parseField } from '../../client/requests/field-text';
import { getOwn } from '../../workflows/domain/base/own-value';
import type { RequestFields } from '../../workflows/domain/item/item';
import {
  describeField,
  type FieldRule,
  getOperationRow,
  type OperationName,
} from '../../workflows/domain/operations/operations';

/** Adds one flag per field, except for the main one, which is an argument. */
export function addRequestFlags(command: Command, operation: OperationName): void {
  for (const [field, rule] of flagFields(operation)) {
    command.option(`--${toDashes(field)} ${rule.type === 'flag' ? '[value]' : '<value>'}`, aboutFlag(rule));
  }
}

function aboutFlag(rule: FieldRule): string {
  const about = describeField(rule);
  return rule.type === 'choice' ? `${rule.choices.join(', ')}; ${about}` : about;
}

export function toRequest(
  operation: OperationName,
  main: string,
  values: Readonly<Record<string, string | boolean | undefined>>,
): RequestFields {
  const given = flagFields(operation).flatMap(([field, rule]) => {
    const value = getOwn(values, camelCase(field));
    if (value === undefined) return [];
    return [[field, typeof value === 'string' ? parseField(rule, value) : value]];
  });
  return { [getOperationRow(operation).main]: main, ...Object.fromEntries(given) };
}

function flagFields(operation: OperationName): [string, FieldRule][] {
  const { fields, main } = getOperationRow(operation);
  return Object.entries(fields).filter(([field]) => field !== main);
}

export function toDashes(field: string): string {
  return field.replace(/_/g, '-');
}

/** The name under which commander keeps the value of a flag. */
function camelCase(field: string): string {
  return field.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}
