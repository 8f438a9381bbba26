import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';

/**
 * Reads file descriptor 3, whose other end only the parent holds. A line means that the server has ended. End of file
 * means that the parent has died, so the watchdog ends the server $1: SIGTERM, then SIGKILL 5 s later.
 */
const WATCH = `
trap '' INT TERM HUP
read -r _ <&3 && exit 0
kill -TERM "$1" 2>/dev/null || exit 0
for _ in 1 2 3 4 5; do sleep 1; kill -0 "$1" 2>/dev/null || exit 0; done
kill -KILL "$1"
`;

/**
 * Starts the watchdog and then execs the server: the server never runs unwatched, and its pid is the one that spawn
 * returned. The watchdog must not keep the server's output open, nor the server the watchdog's pipe.
 */
const WATCHED = `( set -- $$; ${WATCH} ) </dev/null >/dev/null 2>&1 &
exec 3<&-
exec "$@"`;

/** Windows has no `sh`: there, the server is an ordinary child. */
const HAS_WATCHDOG = process.platform !== 'win32';

/** Length of the kept output, in characters: enough for the trace of a crashing Go program, which begins with the reason. */
const MAX_OUTPUT_LENGTH = 8_000;

/** How the server's process ended. */
export interface ServerExit {
  /** `null` if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerProcessOptions {
  /** Time between SIGTERM and SIGKILL in `stop()`. Default 10,000 ms. */
  readonly stopGraceMs?: number;
  /** The server's environment. Default: inherited. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * A server that never outlives this process, even if this process is killed by SIGKILL. It runs in its own process
 * group, so Ctrl-C in a terminal reaches only this process, which can then shut down in order.
 */
export class ServerProcess {
  /** Resolves when the process has ended, for any reason, and all its output has been read. Never rejects. */
  readonly exited: Promise<ServerExit>;
  /** The end of its output. */
  output = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly graceMs: number,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-MAX_OUTPUT_LENGTH);
      });
    }
    this.exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  }

  static async start(command: string, args: readonly string[], options: ServerProcessOptions): Promise<ServerProcess> {
    const { env, stopGraceMs = 10_000 } = options;
    const [file, fileArgs] = HAS_WATCHDOG ? ['/bin/sh', ['-c', WATCHED, 'sh', command, ...args]] : [command, args];
    const child = spawn(file, fileArgs, {
      ...(env && { env }),
      detached: HAS_WATCHDOG,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    await once(child, 'spawn');
    if (HAS_WATCHDOG) keepWatched(child, child.stdio[3] as Duplex);
    return new ServerProcess(child, stopGraceMs);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** SIGTERM, then SIGKILL after the grace period. Resolves when the process has ended. May be called repeatedly. */
  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), this.graceMs);
    await this.exited;
    clearTimeout(timer);
  }
}

/** The watchdog itself can be killed. Its pipe then closes, and a new one is started while the server runs. */
function keepWatched(server: ChildProcess, pipe: Duplex): void {
  const reportEnd = () => pipe.end('ended\n');
  server.once('exit', reportEnd);
  // A broken pipe is followed by `close`, which is handled.
  pipe.on('error', () => undefined).resume();
  pipe.once('close', () => {
    server.off('exit', reportEnd);
    if (server.exitCode !== null || server.signalCode !== null) return;
    const stdio = ['ignore', 'ignore', 'ignore', 'pipe'] as const;
    const watch = spawn('/bin/sh', ['-c', WATCH, 'sh', String(server.pid)], { detached: true, stdio: [...stdio] });
    watch.unref();
    watch.once('spawn', () => keepWatched(server, watch.stdio[3] as Duplex));
    watch.once('error', ({ message }) => process.emitWarning(`The Temporal server has no watchdog: ${message}`));
  });
}
