import { escapeControls, escapeFormats } from '../../workflows/domain/base/clean-text';
import type { OutputStream } from '../context';

/** A stream without control sequences in its text: only `control` can control the terminal. */
export class CleanOutput implements OutputStream {
  private constructor(private readonly raw: OutputStream) {}

  static over(stream: OutputStream): OutputStream {
    return stream instanceof CleanOutput ? stream : new CleanOutput(stream);
  }

  get isTTY(): boolean {
    return this.raw.isTTY === true;
  }

  get columns(): number | undefined {
    return this.raw.columns;
  }

  get rows(): number | undefined {
    return this.raw.rows;
  }

  get closed(): AbortSignal | undefined {
    return this.raw.closed;
  }

  write(text: string): boolean {
    const clean = escapeControls(text);
    // In a file, invisible formats are data.
    return this.raw.write(this.isTTY ? escapeFormats(clean) : clean);
  }

  control(sequence: string): boolean {
    return this.raw.write(sequence);
  }
}
