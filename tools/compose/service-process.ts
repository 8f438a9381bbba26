/** One service as a plain process: started, watched for a line of output, stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { quoteEnd } from '../temporal/run-command';

export interface Command {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Default: the current user. */
  readonly user?: { readonly uid: number; readonly gid: number } | null;
}

const STOP_MS = 20_000;

/** Killed by this signal when this process exits. All services, including PostgreSQL, shut down cleanly on it. */
const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGINT');
});

/** Long enough for a log line with a stack trace, in characters. */
const MAX_KEPT_LINE_LENGTH = 600;
const MAX_KEPT_LINES = 20;

export class ServiceProcess {
  /** Exit code, or the signal that ended the process. */
  readonly ended: Promise<number | NodeJS.Signals>;
  private readonly tail: string[] = [];
  private readonly watchers = new Set<(line: string) => void>();

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {
    alive.add(child);
    this.ended = once(child, 'exit').then(([code, signal]: (number | NodeJS.Signals)[]) => {
      alive.delete(child);
      return code ?? signal ?? 0;
    });
    for (const input of [child.stdout, child.stderr]) {
      if (input !== null) createInterface({ input }).on('line', (line) => this.see(line));
    }
  }

  static async start({ name, argv, env, cwd, user }: Command): Promise<ServiceProcess> {
    const [file = '', ...args] = argv;
    const child = spawn(file, args, { env, cwd, ...(user ?? {}), stdio: ['ignore', 'pipe', 'pipe'] });
    await once(child, 'spawn');
    return new ServiceProcess(name, child);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get lastLines(): string {
    return this.tail.join('\n');
  }

  /** Resolves with the next matching line; rejects if the process ends first. */
  line(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const watcher = (line: string) => {
        if (!pattern.test(line)) return;
        this.watchers.delete(watcher);
        resolve(line);
      };
      this.watchers.add(watcher);
      void this.ended.then((how) =>
        reject(new Error(`${this.name} ended (${how}) before it was ready${quoteEnd(this.lastLines)}`)),
      );
    });
  }

  /** @throws unless the exit code is 0 */
  async success(): Promise<void> {
    const how = await this.ended;
    if (how !== 0) throw new Error(`${this.name} ended (${how})${quoteEnd(this.lastLines)}`);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Like `docker compose stop`; returns the exit code, or the signal if it had to be killed. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    const limit = setTimeout(() => this.kill(), STOP_MS);
    this.child.kill(signal);
    const how = await this.ended;
    clearTimeout(limit);
    return how;
  }

  private see(line: string): void {
    this.tail.push(line.slice(0, MAX_KEPT_LINE_LENGTH));
    if (this.tail.length > MAX_KEPT_LINES) this.tail.shift();
    for (const watcher of this.watchers) watcher(line);
  }
}
