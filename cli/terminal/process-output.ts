/** A stream of this process on which a write never ends the process, whatever becomes of its reader. */
import type { WriteStream } from 'node:tty';
import { systemCode } from '../../client/input/system-code';
import type { OutputStream } from '../context';

/** The reader has gone, as `head` does when it has enough. */
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

  /** Aborted when nothing written reaches anybody any more. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  /** The system's code if something written was lost, and not because its reader had enough: a disk is full. */
  get failure(): string | null {
    return this.lost;
  }

  write(text: string): boolean {
    return !this.closing.signal.aborted && this.stream.write(text);
  }

  private fail(error: unknown): void {
    const code = systemCode(error);
    if (!READER_GONE.includes(code)) this.lost ??= code ?? String(error);
    this.closing.abort();
  }
}
