import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TemporalServerError } from './errors';
import { type GuardedProcess, spawnGuarded } from './guard';
import { LineTail, onLines } from './lines';
import { startupFailure } from './startup-failure';

/** Number of lines kept: enough for the trace of a crashing Go program, whose first lines contain the reason. */
const TRACE_LINES = 60;

/** How the server's process ended. */
export interface ServerExit {
  /** null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether `stop()` was called. */
  readonly stopped: boolean;
  /** The last lines of its output. */
  readonly lastLines: string;
}

interface ServerProcessOptions {
  readonly onLog?: (line: string) => void;
  readonly stopGraceMs?: number;
  readonly env?: NodeJS.ProcessEnv;
}

const DEFAULT_STOP_GRACE_MS = 10_000;

/** The server's process, with its output and exit. */
export class ServerProcess {
  readonly exited: Promise<ServerExit>;
  private readonly tail = new LineTail(TRACE_LINES);
  private stopped = false;

  private constructor(
    private readonly guarded: GuardedProcess,
    private readonly options: ServerProcessOptions,
  ) {
    for (const stream of [guarded.stdout, guarded.stderr]) onLines(stream, (line) => this.log(line));
    // `close` instead of `exit`: all output has been read by then.
    this.exited = once(guarded.process, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stopped: this.stopped,
      lastLines: this.tail.text,
    }));
  }

  static async start(command: string, args: readonly string[], options: ServerProcessOptions): Promise<ServerProcess> {
    return new ServerProcess(await spawnGuarded(command, args, options), options);
  }

  get pid(): number {
    return this.guarded.pid;
  }

  get lastLines(): string {
    return this.tail.asSuffix();
  }

  /** After the process has ended: the error with its reason. */
  async startupFailure(): Promise<TemporalServerError> {
    const { code, signal, lastLines } = await this.exited;
    return startupFailure(signal === null ? `exit code ${code}` : `signal ${signal}`, lastLines);
  }

  /** SIGTERM, then SIGKILL after the grace period. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.guarded.process.kill('SIGTERM');
    const grace = new AbortController();
    const graceMs = this.options.stopGraceMs ?? DEFAULT_STOP_GRACE_MS;
    const timedOut = sleep(graceMs, 'timed out', { signal: grace.signal }).catch(() => 'cancelled');
    if ((await Promise.race([this.exited, timedOut])) === 'timed out') this.guarded.process.kill('SIGKILL');
    grace.abort();
    await this.exited;
  }

  private log(line: string): void {
    this.tail.add(line);
    this.options.onLog?.(line);
  }
}
