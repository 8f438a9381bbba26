/** Splits a stream into lines of bounded length. */

const LINE_FEED = 10;

interface TextLine {
  /** Line number, from 1. */
  readonly line: number;
  /** The line with its line end; `null` if it exceeds the limit: its bytes are then dropped. */
  readonly text: string | null;
}

/** @param longest longest line in bytes, including its line end */
export async function* textLines(chunks: AsyncIterable<Buffer>, longest: number): AsyncIterable<TextLine> {
  const open = new OpenLine(longest);
  let line = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      open.add(chunk.subarray(from, end + 1));
      line += 1;
      yield { line, text: open.take() };
      from = end + 1;
    }
    open.add(chunk.subarray(from));
  }
  if (!open.isEmpty()) yield { line: line + 1, text: open.take() };
}

/** The incomplete last line. */
class OpenLine {
  private parts: Buffer[] = [];
  private bytes = 0;

  constructor(private readonly longest: number) {}

  isEmpty(): boolean {
    return this.bytes === 0;
  }

  add(part: Buffer): void {
    this.bytes += part.length;
    if (this.bytes > this.longest) this.parts = [];
    else this.parts.push(part);
  }

  /** Returns the line and begins the next. */
  take(): string | null {
    const text = this.bytes > this.longest ? null : this.text();
    this.parts = [];
    this.bytes = 0;
    return text;
  }

  private text(): string {
    const [only] = this.parts;
    const bytes = this.parts.length === 1 && only !== undefined ? only : Buffer.concat(this.parts);
    return bytes.toString('utf8');
  }
}
