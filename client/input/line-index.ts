/**
 * The exact line of a byte. The CSV parser counts CR LF inside a quoted field twice, so its own count is of no use.
 * CR LF, LF and a lone CR each end a line. Only the ends after the last question are kept.
 */
export class LineIndex {
  /** Offsets just behind a line's end, in order. */
  private ends: number[] = [];
  private next = 0;
  private passed = 0;
  private fed = 0;
  private afterCarriageReturn = false;

  /** Takes the next bytes of the file in. */
  feed(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index += 1) {
      const byte = bytes[index];
      if (byte === LINE_FEED) this.ends.push(this.fed + index + 1);
      else if (this.afterCarriageReturn) this.ends.push(this.fed + index);
      this.afterCarriageReturn = byte === CARRIAGE_RETURN;
    }
    this.fed += bytes.length;
  }

  /** The line that holds the byte at `offset`, counted from 1. Offsets must not go back from call to call. */
  findLine(offset: number): number {
    while ((this.ends[this.next] ?? Number.POSITIVE_INFINITY) <= offset) {
      this.next += 1;
      this.passed += 1;
    }
    this.forget();
    return this.passed + 1;
  }

  private forget(): void {
    if (this.next < FORGET_AFTER) return;
    this.ends = this.ends.slice(this.next);
    this.next = 0;
  }
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
/** Often enough for the memory, seldom enough for the time. */
const FORGET_AFTER = 4_096;

/** How many lines end inside a text. */
export function lineEndsIn(text: string): number {
  if (!text.includes('\n') && !text.includes('\r')) return 0;
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}
