/** Parses a field's value from text: a flag, a cell of a table, or a JSON number. */
import type { FieldRule } from '../../workflows/domain/operations/operations';

/** A text that is invalid for its type stays text: the check of the request then refuses it as typed. */
export function parseField(rule: FieldRule, text: string): unknown {
  switch (rule.type) {
    case 'integer':
      return readInteger(text) ?? text;
    case 'number':
      return readNumber(text, rule);
    case 'flag':
      return /^(true|false)$/i.test(text.trim()) ? text.trim().toLowerCase() === 'true' : text;
    case 'colour':
      return text.trim();
    case 'colours':
    case 'texts':
      return text.split(',').map((one) => one.trim());
    case 'urls':
      return parseAddresses(text);
    case 'object':
      return parseObject(text);
    default:
      return text;
  }
}

/** Separates the addresses of a list in one text. */
const ADDRESS_SEPARATOR = '|';

function parseAddresses(text: string): string | readonly string[] {
  if (!text.includes(ADDRESS_SEPARATOR)) return text;
  return text.split(ADDRESS_SEPARATOR).map((address) => address.trim());
}

function parseObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
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
function readNumber(
  text: string,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): unknown {
  const typed = text.trim();
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(typed)) return text;
  const value = Number(typed) + 0;
  return (value >= minimum && value <= maximum) || String(value) === typed ? value : text;
}
