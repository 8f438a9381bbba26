/** Parses a field's value from text: a flag, a cell of a table, or a JSON number. */
import type { FieldRule } from '../../workflows/domain/operations/operations';

type Rule<T extends FieldRule['type']> = Extract<FieldRule, { type: T }>;

/** A text that is invalid for its type stays text: the check of the request then refuses it as typed. */
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
 * Parses a whole number in decimal digits, also with zeros after a point. Returns `null` for any other text, for `0x10` and
 * `1E+12`, and for a number that JavaScript cannot represent exactly.
 */
export function readInteger(text: string): number | null {
  const [, digits] = /^([+-]?\d+)(?:\.0*)?$/.exec(text.trim()) ?? [];
  const value = digits === undefined ? Number.NaN : Number(digits);
  // Normalizes -0, which is shown as 0.
  return Number.isSafeInteger(value) ? value + 0 : null;
}

/** A number out of range stays as typed if JavaScript would format it differently. */
function readNumber(text: string, { minimum, maximum }: Rule<'number'>): unknown {
  const typed = text.trim();
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(typed)) return text;
  const value = Number(typed) + 0;
  return (value >= minimum && value <= maximum) || String(value) === typed ? value : text;
}
