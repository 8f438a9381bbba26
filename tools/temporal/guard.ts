import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';

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

interface GuardOptions {
  /** Default: inherited. */
  readonly env?: NodeJS.ProcessEnv;
  /** Called when the watchdog had to be replaced. */
  readonly onLog?: (line: string) => void;
}

/** A child process that ends with its parent. */
export interface GuardedProcess {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly process: ChildProcess;
}

/**
 * Starts a command that never outlives this process, even if this process is killed by SIGKILL. It runs in its own
 * process group, so Ctrl-C in a terminal reaches only this process, which can then shut down in order. On Windows,
 * which has no `sh`, it is an ordinary child.
 */
export async function spawnGuarded(
  command: string,
  args: readonly string[],
  options: GuardOptions,
): Promise<GuardedProcess> {
  const windows = process.platform === 'win32';
  const [file, fileArgs] = windows ? [command, args] : ['/bin/sh', ['-c', WATCHED, 'sh', command, ...args]];
  const child = spawn(file, fileArgs, {
    ...(options.env && { env: options.env }),
    detached: !windows,
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const pid = await readPid(child);
  const { stdout, stderr } = child as ChildProcess & { stdout: Readable; stderr: Readable };
  if (!windows) keepWatched(child, pid, options.onLog ?? (() => undefined));
  return { pid, stdout, stderr, process: child };
}

function readPid(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid as number));
  });
}

/** The watchdog itself can be killed. Its pipe then closes, and a new one is started while the server runs. */
function keepWatched(server: ChildProcess, pid: number, onLog: (line: string) => void): void {
  let pipe = server.stdio[3] as Duplex;
  let ended = false;
  const follow = () => {
    // A broken pipe is followed by `close`, which is handled.
    pipe.on('error', () => undefined);
    pipe.once('close', () => {
      if (ended) return;
      onLog(`The watchdog of the Temporal server (process ${pid}) has ended; starting another`);
      pipe = startWatch(pid, onLog);
      follow();
    });
    pipe.resume();
  };
  follow();
  server.once('exit', () => {
    ended = true;
    pipe.end('ended\n');
  });
}

function startWatch(pid: number, onLog: (line: string) => void): Duplex {
  const stdio = ['ignore', 'ignore', 'ignore', 'pipe'] as const;
  const watch = spawn('/bin/sh', ['-c', WATCH, 'sh', String(pid)], { detached: true, stdio: [...stdio] });
  watch.on('error', (error) => onLog(`The Temporal server (process ${pid}) has no watchdog: ${error.message}`));
  watch.unref();
  return watch.stdio[3] as Duplex;
}
