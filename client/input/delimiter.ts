/** What stands between the cells of a CSV file: named by the caller, by a line `sep=;`, or found in the header line. */
import { withoutInvisible } from '../visible-text';
import { COLUMN_NAMES } from './columns';
import { LONGEST_ROW_BYTES } from './input-row';

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

const [LINE_FEED, CARRIAGE_RETURN, QUOTE, SPACE, TAB] = [10, 13, 34, 32, 9];
/** Excel's own first line; it is no row. */
const SEPARATOR_LINE = /^"?sep=([^"\r\n])"?$/i;

/** A delimiter by its name, or as itself; `null` if there is none like it. */
export function delimiterNamed(text: string): Delimiter | null {
  const name = text === '\\t' ? '\t' : text.toLowerCase();
  return DELIMITERS.find((one) => one.character === name || one.name === name) ?? null;
}

export interface Delimited {
  readonly delimiter: Delimiter;
  /** The whole text, with a blank line where `sep=` was. */
  readonly text: AsyncIterable<Buffer>;
}

/**
 * Looks at the beginning of the text only, as far as the header goes: cells may hold any of these characters.
 *
 * @param given what the caller says; the file is not asked then
 */
export async function findDelimiter(text: AsyncIterable<Buffer>, given: Delimiter | undefined): Promise<Delimited> {
  const beginning = new Beginning(text[Symbol.asyncIterator]());
  const first = await beginning.nextLine();
  const [, separator] = SEPARATOR_LINE.exec(first.text) ?? [];
  if (separator !== undefined) beginning.blank(first);
  const header = separator === undefined ? first : await beginning.nextLine();
  return { delimiter: given ?? named(separator) ?? likeliest(header.text), text: beginning.replay() };
}

function named(separator: string | undefined): Delimiter | null {
  if (separator === undefined) return null;
  return delimiterNamed(separator) ?? { character: separator, name: `"${separator}"` };
}

/** The one that makes the most known columns of the header; among equals the one that makes the most columns. */
function likeliest(header: string): Delimiter {
  let best: { readonly delimiter: Delimiter; readonly score: number } = { delimiter: COMMA, score: 0 };
  for (const delimiter of DELIMITERS) {
    const names = splitLine(header, delimiter.character).map(plainName);
    const known = names.filter((name) => COLUMN_NAMES.has(name)).length;
    const score = known * LONGEST_ROW_BYTES + names.length;
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

interface FirstLine {
  readonly text: string;
  /** In bytes of the whole. */
  readonly from: number;
  readonly to: number;
}

/** The first bytes of a text, kept until the header has been seen, then given out again. */
class Beginning {
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;

  constructor(private readonly chunks: AsyncIterator<Buffer>) {}

  /** The next line that is not blank; ends inside quotes do not end it. Empty where there is none. */
  async nextLine(): Promise<FirstLine> {
    let from = this.at;
    let isQuoted = false;
    let isBlank = true;
    // Asked only where the bytes have run out: a wait for each byte would take seconds.
    for (; this.at < this.end || (await this.more()); this.at += 1) {
      const byte = this.bytes[this.at];
      if (byte === QUOTE) isQuoted = !isQuoted;
      const isEnd = !isQuoted && (byte === LINE_FEED || byte === CARRIAGE_RETURN);
      if (isEnd && !isBlank) break;
      if (isEnd) from = this.at + 1;
      else if (byte !== SPACE && byte !== TAB) isBlank = false;
    }
    return { text: this.bytes.toString('utf8', from, this.at).trim(), from, to: this.at };
  }

  /** Leaves the line's place, so that all behind it keeps its own. */
  blank({ from, to }: FirstLine): void {
    this.bytes.fill(SPACE, from, to);
  }

  async *replay(): AsyncIterable<Buffer> {
    if (this.bytes.length > 0) yield this.bytes;
    yield* { [Symbol.asyncIterator]: () => this.chunks };
  }

  /** As far as a header may go. */
  private get end(): number {
    return Math.min(this.bytes.length, LONGEST_ROW_BYTES);
  }

  private async more(): Promise<boolean> {
    while (this.at >= this.bytes.length && this.bytes.length < LONGEST_ROW_BYTES) {
      const { done, value } = await this.chunks.next();
      if (done === true) return false;
      this.bytes = Buffer.concat([this.bytes, value]);
    }
    return this.at < this.end;
  }
}
