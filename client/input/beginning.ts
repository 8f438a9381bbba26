/** Looks at the first lines of a text before it is read. */
import { MAX_ROW_BYTES } from './input-row';

const [LINE_FEED, CARRIAGE_RETURN, QUOTE, SPACE, TAB] = [10, 13, 34, 32, 9];

export interface FirstLine {
  readonly text: string;
  /** In bytes of the whole. */
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
   * The next line that is not blank, as far as a row may go; its text is empty where there is none.
   *
   * @param options `quoted`: line ends inside quotes do not end it
   */
  async nextLine({ quoted }: { readonly quoted: boolean }): Promise<FirstLine> {
    let from = this.at;
    let isQuoted = false;
    let isBlank = true;
    // Asked only where the bytes have run out: a wait for each byte would take seconds.
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

  /** Keeps the length of the line: the positions behind it stay the same. */
  blank({ from, to }: FirstLine): void {
    this.bytes.fill(SPACE, from, to);
  }

  async *replay(): AsyncIterable<Buffer> {
    if (this.bytes.length > 0) yield this.bytes;
    yield* { [Symbol.asyncIterator]: () => this.chunks };
  }

  /** As far as it looks. */
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
