import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Calls `onLine` for each line of the stream. */
export function onLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
}

/** The last lines of a process's output, for its error message. */
export class LineTail {
  private readonly lines: string[] = [];

  /** @param limit how many lines are kept, default 15 */
  constructor(private readonly limit = 15) {}

  add(line: string): void {
    if (line.trim() === '') return;
    this.lines.push(line);
    if (this.lines.length > this.limit) this.lines.shift();
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** Text to append to a sentence; empty if there was no output. */
  asSuffix(): string {
    return this.lines.length === 0 ? '' : `; its last lines:\n${this.text}`;
  }
}
