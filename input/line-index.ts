/**
 * Finds the exact line of a byte. The CSV parser's own count is unusable: it counts CR LF in a quoted field twice.
 * CR LF, LF and a lone CR each end a line. Line ends before the last lookup are dropped.
 */
export class LineIndex {
  /** Offsets just after each line's end, ascending. */
  private ends: number[] = [];
  private next = 0;
  private passed = 0;
  private fed = 0;
  private afterCarriageReturn = false;

  /** Adds the next bytes of the file. */
  feed(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index += 1) {
      const byte = bytes[index];
      if (byte === LINE_FEED) this.ends.push(this.fed + index + 1);
      else if (this.afterCarriageReturn) this.ends.push(this.fed + index);
      this.afterCarriageReturn = byte === CARRIAGE_RETURN;
    }
    this.fed += bytes.length;
  }

  /** Returns the line of the byte at `offset`, from 1. Offsets must not decrease between calls. */
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
/** Number of old line ends that triggers a cleanup: a balance of memory and time. */
const FORGET_AFTER = 4_096;

/** Counts the line ends in a text. */
export function lineEndsIn(text: string): number {
  if (!text.includes('\n') && !text.includes('\r')) return 0;
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}
