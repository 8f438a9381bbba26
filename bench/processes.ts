/** Child processes of a benchmark: started, watched until ready, measured, ended. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { findPackageRoot } from '../tools/temporal/package-root';

/** Settings of a process: otherwise V8 and malloc take all available memory before they release any. */
export const LEAN = { NODE_OPTIONS: '--max-old-space-size=192', MALLOC_ARENA_MAX: '2' };

export interface Child {
  readonly process: ChildProcess;
  /** The line that begins with `ready`. */
  readonly ready: string;
  stop(): Promise<void>;
}

/**
 * Starts one of our commands and waits until it is ready.
 *
 * @param root of the built checkout; this one by default
 * @param nodeArgs flags of Node that `NODE_OPTIONS` does not take
 */
export async function startChild(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  root = findPackageRoot(),
  nodeArgs: readonly string[] = [],
): Promise<Child> {
  const bin = path.join(root, 'bin', 'imagepipeline.js');
  const child = spawn(process.execPath, [...nodeArgs, bin, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ready = await readyLine(child, args);
  const stop = async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  return { process: child, ready, stop };
}

async function readyLine(child: ChildProcess, args: readonly string[]): Promise<string> {
  if (child.stdout === null) throw new Error('the child has no stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('ready')) {
      child.stdout.resume();
      return line;
    }
  }
  throw new Error(`imagepipeline ${args.join(' ')} ended before it was ready`);
}

export function residentBytes(pid: number): number {
  return 1_024 * Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
}

/** Reads the address and the key of an emulator from its ready line. */
export function readAddress({ ready }: Pick<Child, 'ready'>): { readonly url: string; readonly apiKey: string } {
  const [, url, apiKey] = /at (\S+) with key (\S+)/.exec(ready) ?? [];
  if (url === undefined || apiKey === undefined) throw new Error(`no address and key in: ${ready}`);
  return { url, apiKey };
}

/** Reads the address of a gateway from its ready line. */
export function readUrl({ ready }: Pick<Child, 'ready'>): string {
  const [, url] = /at (\S+)/.exec(ready) ?? [];
  if (url === undefined) throw new Error(`no address in: ${ready}`);
  return url;
}

/** Observes a process's resident memory; `peakBytes` is the largest observed value. */
export class MemoryWatch {
  peakBytes = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly pid: number) {
    this.timer = setInterval(() => this.look(), 250);
  }

  stop(): number {
    this.look();
    clearInterval(this.timer);
    return this.peakBytes;
  }

  private look(): void {
    this.peakBytes = Math.max(this.peakBytes, residentBytes(this.pid));
  }
}
