/** Progress on a terminal: lines that are rewritten in place. Elsewhere: a plain line whenever something changed. */
import type { CliContext, OutputStream } from '../context';
import { withCommands } from '../invocation';
import { toSingleLine } from './clean-text';
import { cutToWidth } from './text-width';

const CLEAR_LINE = '\r\u001b[2K';
/** The size of a terminal that reports none, or 0. */
const [DEFAULT_COLUMNS, DEFAULT_ROWS] = [80, 24];
const LINE_UP = '\u001b[1A';

export class LiveLines {
  private shown: readonly string[] = [];

  /** @param toShown what is done to each line before it is cut; default nothing */
  constructor(
    private readonly stream: OutputStream,
    private readonly toShown: (line: string) => string = (line) => line,
  ) {}

  /** On stderr, with commands as the caller's shell types them. */
  static of(context: CliContext): LiveLines {
    return new LiveLines(context.stderr, (line) => withCommands(line, context));
  }

  /** Shows the newest state of every line. */
  show(lines: readonly string[]): void {
    const clean = lines.map((line) => toSingleLine(this.toShown(line)));
    const fitting = this.stream.isTTY ? clean.slice(0, this.height) : clean;
    if (this.stream.isTTY) this.redraw(fitting.map((line) => this.cut(line)));
    else this.append(fitting);
    this.shown = fitting;
  }

  /** Removes the lines from a terminal, before something else is written. */
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

  /** Lines that have left a window at its top cannot be rewritten. */
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

  /** A line that wraps would take two rows, and the next redraw would leave one behind. */
  private cut(line: string): string {
    return cutToWidth(line, (this.stream.columns || DEFAULT_COLUMNS) - 1);
  }
}
