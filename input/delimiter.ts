/** The delimiter of a CSV file: set by the caller, by a line `sep=;`, or detected from the header line. */

import { Beginning } from './beginning';
import { COLUMN_NAMES } from './columns';
import { MAX_ROW_BYTES } from './input-row';
import { withoutInvisible } from './requests/visible-text';

export interface Delimiter {
  readonly character: string;
  readonly name: string;
}

export const DELIMITERS: readonly Delimiter[] = [
  { character: ',', name: 'comma' },
  { character: ';', name: 'semicolon' },
  { character: '\t', name: 'tab' },
  { character: '|', name: 'pipe' },
];
const COMMA = { character: ',', name: 'comma' } as const;

/** A first line that Excel writes; it is not a row. */
const SEPARATOR_LINE = /^"?sep=([^"\r\n])"?$/i;

/** Parses a delimiter, given by name or as a character; `null` if it is unknown. */
export function delimiterNamed(text: string): Delimiter | null {
  const name = text === '\\t' ? '\t' : text.toLowerCase();
  return DELIMITERS.find((one) => one.character === name || one.name === name) ?? null;
}

interface Delimited {
  readonly delimiter: Delimiter;
  /** The whole text, with a blank line in place of `sep=`. */
  readonly text: AsyncIterable<Buffer>;
}

/**
 * Examines the text up to the header only: cells may contain any of these characters.
 *
 * @param given the caller's delimiter; the file is then not examined
 */
export async function findDelimiter(text: AsyncIterable<Buffer>, given: Delimiter | undefined): Promise<Delimited> {
  const beginning = new Beginning(text);
  const first = await beginning.nextLine({ quoted: true });
  const [, separator] = SEPARATOR_LINE.exec(first.text) ?? [];
  if (separator !== undefined) beginning.blank(first);
  const header = separator === undefined ? first : await beginning.nextLine({ quoted: true });
  return { delimiter: given ?? findNamed(separator) ?? likeliest(header.text), text: beginning.replay() };
}

function findNamed(separator: string | undefined): Delimiter | null {
  if (separator === undefined) return null;
  return delimiterNamed(separator) ?? { character: separator, name: `"${separator}"` };
}

/** The delimiter that yields the most known columns in the header; among equals, the most columns. */
function likeliest(header: string): Delimiter {
  let best: { readonly delimiter: Delimiter; readonly score: number } = { delimiter: COMMA, score: 0 };
  for (const delimiter of DELIMITERS) {
    const names = splitLine(header, delimiter.character).map(plainName);
    const known = names.filter((name) => COLUMN_NAMES.has(name)).length;
    const score = known * MAX_ROW_BYTES + names.length;
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}

function plainName(cell: string): string {
  return withoutInvisible(cell.trim().replace(/^"(.*)"$/s, '$1'))
    .trim()
    .toLowerCase();
}

function splitLine(line: string, delimiter: string): string[] {
  const cells = [''];
  let isQuoted = false;
  for (const character of line) {
    if (character === '"') isQuoted = !isQuoted;
    if (character === delimiter && !isQuoted) cells.push('');
    else cells[cells.length - 1] += character;
  }
  return cells;
}
