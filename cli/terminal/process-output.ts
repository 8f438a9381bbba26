/** An output stream of this process. A failed write never ends the process. */
import type { WriteStream } from 'node:tty';
import { findErrorCode } from '../../workflows/domain/base/errors';
import type { OutputStream } from '../context';

/** Errors that mean that the reader has closed the pipe, as `head` does. */
const READER_GONE: readonly (string | null)[] = ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'];

export class ProcessOutput implements OutputStream {
  private readonly closing = new AbortController();
  private lost: string | null = null;

  constructor(private readonly stream: WriteStream) {
    stream.on('error', (error) => this.fail(error));
  }

  get isTTY(): boolean {
    return this.stream.isTTY === true;
  }

  get columns(): number | undefined {
    return this.stream.columns;
  }

  get rows(): number | undefined {
    return this.stream.rows;
  }

  /** Aborted once written output no longer reaches a reader. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  /** The system's error code if output was lost, for instance because the disk is full; `null` if the reader closed the pipe. */
  get failure(): string | null {
    return this.lost;
  }

  write(text: string): boolean {
    return !this.closing.signal.aborted && this.stream.write(text);
  }

  private fail(error: unknown): void {
    const code = findErrorCode(error);
    if (!READER_GONE.includes(code)) this.lost ??= code ?? String(error);
    this.closing.abort();
  }
}
