/** Restores the numbers of a JSON row as typed: `JSON.parse` silently rounds numbers that JavaScript cannot represent. */
import { type FieldRule, findFieldRule } from '../workflows/domain/operations/operations';
import type { Columns } from './columns';
import { parseField } from './requests/field-text';

type Values = Readonly<Record<string, unknown>>;

/** Numbers that may be rounded; few rows have one. */
const LONG_OR_EXPONENT = /\d{16}|\d[eE][+-]?\d/;
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|-?\d[\d.eE+-]*/g;
const OPENS = '{[';
const CLOSES = '}]';

/** Replaces each rounded number by its text. */
export function withTypedNumbers(text: string, values: Values, columns: Columns): Values {
  if (!LONG_OR_EXPONENT.test(text)) return values;
  const operation = columns.findOperation(values);
  const findRule = (name: string) =>
    operation === null ? undefined : findFieldRule(operation, columns.findField(name, operation));
  const typed = [...listNumbers(text)].map(([name, token]) => [name, exactValue(findRule(name), token)]);
  return { ...values, ...Object.fromEntries(typed) };
}

function exactValue(rule: FieldRule | undefined, token: string): unknown {
  if (rule?.type === 'integer' || rule?.type === 'number') return parseField(rule, token);
  const value = Number(token);
  return Number.isInteger(value) && !Number.isSafeInteger(value) && String(value) !== token ? token : value;
}

/** The numeric members of the row (not nested ones), with the text of each number. */
function listNumbers(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let depth = 0;
  let [beforeLast, last] = ['', ''];
  for (const [token] of text.matchAll(TOKENS)) {
    if (OPENS.includes(token)) depth += 1;
    else if (CLOSES.includes(token)) depth -= 1;
    else if (depth === 1 && last === ':') note(found, beforeLast, token);
    [beforeLast, last] = [last, token];
  }
  return found;
}

/** Keeps the last value of a repeated name, as `JSON.parse` does. */
function note(found: Map<string, string>, name: string, token: string): void {
  const field: string = JSON.parse(name);
  if (/^[-\d]/.test(token)) found.set(field, token);
  else found.delete(field);
}
