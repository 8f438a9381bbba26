/** Progress output. On a terminal, rewrites lines in place; elsewhere, appends a line after each change. */

import { toSingleLine } from '../../workflows/domain/base/clean-text';
import type { CliContext, OutputStream } from '../context';
import { withCommands } from '../invocation';
import { cutToWidth } from './text-width';

const CLEAR_LINE = '\r\u001b[2K';
/** The size of a terminal that reports no size, or 0. */
const [DEFAULT_COLUMNS, DEFAULT_ROWS] = [80, 24];
const LINE_UP = '\u001b[1A';

export class LiveLines {
  private shown: readonly string[] = [];

  /** @param toShown transforms each line before it is cut; default: no change */
  constructor(
    private readonly stream: OutputStream,
    private readonly toShown: (line: string) => string = (line) => line,
  ) {}

  /** Lines on stderr, with commands as the caller's shell types them. */
  static of(context: CliContext): LiveLines {
    return new LiveLines(context.stderr, (line) => withCommands(line, context));
  }

  /** Shows the current lines. */
  show(lines: readonly string[]): void {
    const clean = lines.map((line) => toSingleLine(this.toShown(line)));
    const fitting = this.stream.isTTY ? clean.slice(0, this.height) : clean;
    if (this.stream.isTTY) this.redraw(fitting.map((line) => this.cut(line)));
    else this.append(fitting);
    this.shown = fitting;
  }

  /** Removes the lines from a terminal before other output. */
  clear(): void {
    if (this.stream.isTTY) this.redraw([]);
    this.shown = [];
  }

  private redraw(lines: readonly string[]): void {
    const up = this.shown.length > 0 ? `${CLEAR_LINE}${`${LINE_UP}${CLEAR_LINE}`.repeat(this.shown.length)}` : '';
    if (up !== '') this.control(up);
    const text = lines.map((line) => `${line}\n`).join('');
    if (text !== '') this.stream.write(text);
  }

  /** The number of lines that can be rewritten: those above the window's top cannot. */
  private get height(): number {
    return Math.max(1, (this.stream.rows || DEFAULT_ROWS) - 1);
  }

  private control(sequence: string): void {
    if (this.stream.control === undefined) this.stream.write(sequence);
    else this.stream.control(sequence);
  }

  private append(lines: readonly string[]): void {
    lines.forEach((line, index) => {
      if (line !== this.shown[index]) this.stream.write(`${line}\n`);
    });
  }

  /** Cuts a line to the window: a wrapped line takes two rows, and the next redraw would leave one behind. */
  private cut(line: string): string {
    return cutToWidth(line, (this.stream.columns || DEFAULT_COLUMNS) - 1);
  }
}
