/** The flags for a request's fields, from the operation's row: a new field needs no new code here. */
import type { Command } from 'commander';
import type { RequestFields } from '../../workflows/domain/item';
import { type FieldRule, type OperationName, operationRow } from '../../workflows/domain/operations';
import { getOwn } from '../../workflows/domain/own-value';

/** Texts are turned into the type of their rule where that works; what does not is left for the check to refuse. */
const FROM_TEXT: Readonly<Record<FieldRule['type'], (text: string) => unknown>> = {
  integer: numberOrText,
  number: numberOrText,
  text: (text) => text,
  url: (text) => text,
  choice: (text) => text,
  flag: (text) => (/^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text),
  colours: (text) => text.split(',').map((colour) => colour.trim()),
};

/** Adds one flag a field, the prompt excepted: that is the argument. */
export function addRequestFlags(command: Command, operation: OperationName): void {
  for (const [field, rule] of flagFields(operation)) {
    command.option(`--${dashed(field)} ${rule.type === 'flag' ? '[value]' : '<value>'}`, rule.about);
  }
}

export function requestFromFlags(
  operation: OperationName,
  prompt: string,
  values: Readonly<Record<string, string | boolean | undefined>>,
): RequestFields {
  const given = flagFields(operation).flatMap(([field, rule]) => {
    const value = getOwn(values, camelCase(field));
    if (value === undefined) return [];
    return [[field, typeof value === 'string' ? FROM_TEXT[rule.type](value) : value]];
  });
  return { prompt, ...Object.fromEntries(given) };
}

/** A field's value from a text, for instance from a cell of a table. */
export function fieldFromText(rule: FieldRule, text: string): unknown {
  return FROM_TEXT[rule.type](text);
}

function flagFields(operation: OperationName): [string, FieldRule][] {
  return Object.entries(operationRow(operation).fields).filter(([field]) => field !== 'prompt');
}

function numberOrText(text: string): unknown {
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) ? text : value;
}

export function dashed(field: string): string {
  return field.replace(/_/g, '-');
}

/** As commander names the value of a flag. */
function camelCase(field: string): string {
  return field.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}
