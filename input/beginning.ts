/** Peeks at the first lines of a text before it is read. */
import { MAX_ROW_BYTES } from './input-row';

const [LINE_FEED, CARRIAGE_RETURN, QUOTE, SPACE, TAB] = [10, 13, 34, 32, 9];

interface FirstLine {
  readonly text: string;
  /** Offset in bytes from the start of the text. */
  readonly from: number;
  readonly to: number;
}

/** The first bytes of a text, kept until the format is known, then replayed. */
export class Beginning {
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;

  private readonly chunks: AsyncIterator<Buffer>;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /**
   * Returns the next line that is not blank, up to the longest row; with empty text if there is none.
   *
   * @param options `quoted`: line ends inside quotes do not end the line
   */
  async nextLine({ quoted }: { readonly quoted: boolean }): Promise<FirstLine> {
    let from = this.at;
    let isQuoted = false;
    let isBlank = true;
    // Awaits only when the buffer is empty: awaiting each byte would take seconds.
    for (; this.at < this.end || (await this.more()); this.at += 1) {
      const byte = this.bytes[this.at];
      if (quoted && byte === QUOTE) isQuoted = !isQuoted;
      const isEnd = !isQuoted && (byte === LINE_FEED || byte === CARRIAGE_RETURN);
      if (isEnd && !isBlank) break;
      if (isEnd) from = this.at + 1;
      else if (byte !== SPACE && byte !== TAB) isBlank = false;
    }
    return { text: this.bytes.toString('utf8', from, this.at).trim(), from, to: this.at };
  }

  /** Overwrites a line with spaces: later positions stay the same. */
  blank({ from, to }: FirstLine): void {
    this.bytes.fill(SPACE, from, to);
  }

  async *replay(): AsyncIterable<Buffer> {
    try {
      if (this.bytes.length > 0) yield this.bytes;
      yield* { [Symbol.asyncIterator]: () => this.chunks };
    } finally {
      // A reader that stops in the first bytes would otherwise leave the source open.
      await this.chunks.return?.();
    }
  }

  /** The offset up to which it searches. */
  private get end(): number {
    return Math.min(this.bytes.length, MAX_ROW_BYTES);
  }

  private async more(): Promise<boolean> {
    while (this.at >= this.bytes.length && this.bytes.length < MAX_ROW_BYTES) {
      const { done, value } = await this.chunks.next();
      if (done === true) return false;
      this.bytes = Buffer.concat([this.bytes, value]);
    }
    return this.at < this.end;
  }
}
