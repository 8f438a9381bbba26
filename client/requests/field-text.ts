/** A field's value from a text: a flag of a command, a cell of a table, or a number as JSON writes it. */
import type { FieldRule } from '../../workflows/domain/operations/operations';

type Rule<T extends FieldRule['type']> = Extract<FieldRule, { type: T }>;

/** A text that cannot be read as its type stays a text, for the check of the request to refuse as it was typed. */
const FROM_TEXT: { readonly [T in FieldRule['type']]: (text: string, rule: Rule<T>) => unknown } = {
  integer: (text) => readInteger(text) ?? text,
  number: readNumber,
  text: (text) => text,
  url: (text) => text,
  choice: (text) => text,
  flag: (text) => (/^(true|false)$/i.test(text.trim()) ? text.trim().toLowerCase() === 'true' : text),
  colours: (text) => text.split(',').map((colour) => colour.trim()),
};

export function parseField(rule: FieldRule, text: string): unknown {
  return (FROM_TEXT[rule.type] as (text: string, rule: FieldRule) => unknown)(text, rule);
}

/**
 * A whole number in decimal digits, also with zeros behind a point; `null` for any other text, for `0x10` and `1E+12`
 * as well, and for a number that JavaScript cannot hold exactly.
 */
export function readInteger(text: string): number | null {
  const [, digits] = /^([+-]?\d+)(?:\.0*)?$/.exec(text.trim()) ?? [];
  const value = digits === undefined ? Number.NaN : Number(digits);
  // Zero without a sign, since -0 is written as 0 wherever it is shown.
  return Number.isSafeInteger(value) ? value + 0 : null;
}

/** Out of its range a number stays the text that was typed where JavaScript would write it otherwise. */
function readNumber(text: string, { minimum, maximum }: Rule<'number'>): unknown {
  const typed = text.trim();
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(typed)) return text;
  const value = Number(typed) + 0;
  return (value >= minimum && value <= maximum) || String(value) === typed ? value : text;
}
