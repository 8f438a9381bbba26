/**
 * Splits JSON text into rows: the elements of a list, or consecutive values, with or without commas between
 * them and with any line breaks. Tracks only quotes and brackets; the parser checks whether a row is JSON.
 */

export interface JsonPiece {
  /** The line where it begins, from 1. */
  readonly line: number;
  /** `null` if it exceeds the limit; its bytes are then dropped. */
  readonly text: string | null;
}

/** Why the text cannot be split further: the rest would be a guess. */
export interface JsonBreak {
  readonly line: number;
  readonly kind: 'stray' | 'open-row' | 'open-list';
}

const [LINE_FEED, QUOTE, BACKSLASH, COMMA] = [10, 34, 92, 44];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT, COLON] = [91, 93, 123, 125, 58];
const SPACES: ReadonlySet<number | undefined> = new Set([9, LINE_FEED, 13, 32]);

export class JsonSplitter {
  private line = 1;
  /** The line where the list around the rows begins; `null` outside a list. */
  private listAt: number | null = null;
  private row: OpenRow | null = null;
  private failure: JsonBreak | null = null;

  /** @param longest longest row, in bytes */
  constructor(private readonly longest: number) {}

  /** Returns every row that ends in `bytes`; none after a break, which `broken` reports. */
  feed(bytes: Buffer): readonly JsonPiece[] {
    const done: JsonPiece[] = [];
    let at = 0;
    while (at < bytes.length && this.failure === null) {
      this.row ??= this.begin(bytes[at]);
      if (this.row === null) {
        this.pass(bytes[at]);
        at += 1;
        continue;
      }
      const end = this.row.take(bytes, at);
      this.line += this.row.lineFeeds;
      this.row.lineFeeds = 0;
      if (this.row.isDone) {
        done.push(this.row.piece());
        this.row = null;
      }
      at = end;
    }
    return done;
  }

  /** Returns the row that ends at the end of the text, if any. */
  end(): readonly JsonPiece[] {
    const { row } = this;
    this.row = null;
    if (this.failure !== null) return [];
    if (row !== null && !row.endsAnywhere) this.failure = { line: row.line, kind: 'open-row' };
    else if (this.listAt !== null) this.failure = { line: this.listAt, kind: 'open-list' };
    return row?.endsAnywhere === true ? [row.piece()] : [];
  }

  get broken(): JsonBreak | null {
    return this.failure;
  }

  private begin(byte: number | undefined): OpenRow | null {
    if (byte === undefined || SPACES.has(byte) || NO_ROW.has(byte)) return null;
    if (byte === OPEN_LIST && this.listAt === null) return null;
    return new OpenRow(this.line, byte, this.longest);
  }

  /** Handles a byte between rows. */
  private pass(byte: number | undefined): void {
    if (byte === LINE_FEED) this.line += 1;
    if (byte === OPEN_LIST) this.listAt = this.line;
    else if (byte === CLOSE_LIST && this.listAt !== null) this.listAt = null;
    else if (byte !== COMMA && !SPACES.has(byte)) this.failure = { line: this.line, kind: 'stray' };
  }
}

/** Bytes that cannot begin a value. */
const NO_ROW: ReadonlySet<number> = new Set([COMMA, CLOSE_LIST, CLOSE_OBJECT, COLON]);
/** Bytes that end a number or a word. */
const WORD_ENDS: ReadonlySet<number | undefined> = new Set([...SPACES, ...NO_ROW, OPEN_LIST, OPEN_OBJECT, QUOTE]);

class OpenRow {
  isDone = false;
  /** Line feeds consumed since the last reset. */
  lineFeeds = 0;
  /** Whether it is a number or a word, which has no closing character. */
  readonly endsAnywhere: boolean;
  private depth = 0;
  private isInText = false;
  private isEscaped = false;
  private bytes = 0;
  private parts: Buffer[] = [];

  constructor(
    readonly line: number,
    first: number,
    private readonly longest: number,
  ) {
    this.endsAnywhere = first !== OPEN_LIST && first !== OPEN_OBJECT && first !== QUOTE;
  }

  /** Consumes the bytes of this value from `from` on, and returns the offset of their end. */
  take(bytes: Buffer, from: number): number {
    let at = from;
    for (; at < bytes.length && !this.isDone; at += 1) {
      const byte = bytes[at];
      if (this.endsAnywhere && WORD_ENDS.has(byte)) {
        this.isDone = true;
        break;
      }
      if (byte === LINE_FEED) this.lineFeeds += 1;
      if (this.isInText) this.inText(byte);
      else this.outside(byte);
      this.isDone = !this.endsAnywhere && this.depth === 0 && !this.isInText;
    }
    this.keep(bytes.subarray(from, at));
    return at;
  }

  piece(): JsonPiece {
    const text = this.bytes > this.longest ? null : Buffer.concat(this.parts).toString('utf8');
    return { line: this.line, text };
  }

  private inText(byte: number | undefined): void {
    if (this.isEscaped) this.isEscaped = false;
    else if (byte === BACKSLASH) this.isEscaped = true;
    else if (byte === QUOTE) this.isInText = false;
  }

  private outside(byte: number | undefined): void {
    if (byte === QUOTE) this.isInText = true;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) this.depth += 1;
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) this.depth -= 1;
  }

  private keep(part: Buffer): void {
    this.bytes += part.length;
    if (this.bytes > this.longest) this.parts = [];
    else this.parts.push(Buffer.from(part));
  }
}
