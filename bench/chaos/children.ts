/** Child processes whose output is kept and searched for secrets. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Speaker {
  /** Its output: both streams, in order of arrival. */
  readonly log: () => string;
}

export interface Child extends Speaker {
  readonly pid: number;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly hasEnded: () => boolean;
  /** Whether we stopped or killed it. */
  readonly isDismissed: () => boolean;
  send(signal: NodeJS.Signals): void;
  /** Resolves when it is ready; rejects if it ends before. */
  says(words: RegExp): Promise<void>;
}

const ENDING: ReadonlySet<NodeJS.Signals> = new Set(['SIGTERM', 'SIGKILL']);

const running = new Set<ChildProcess>();

// Children must end with this process, regardless of the cause.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export function startChild(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Child {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let log = '';
  let isDismissed = false;
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      for (const watcher of watchers) watcher();
    });
  }
  const ended = once(child, 'close').then(([code, signal]: (number | NodeJS.Signals | null)[]) => {
    running.delete(child);
    return code ?? signal ?? 0;
  });
  const says = (words: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!words.test(log)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
      void ended.then((end) => reject(new Error(`${args.join(' ')} ended with ${end} before ${words}: ${log}`)));
    });
  return {
    pid: child.pid ?? 0,
    log: () => log,
    ended,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    isDismissed: () => isDismissed,
    send: (signal) => {
      isDismissed ||= ENDING.has(signal);
      child.kill(signal);
    },
    says,
  };
}
