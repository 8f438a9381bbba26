/** The real command line as a child process. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

const BIN = path.join(__dirname, '..', '..', 'bin', 'imagepipeline.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliProcess {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** All that it has written so far. */
  text(): string;
  /** Resolves with the text so far as soon as it matches; rejects if the process ends first. */
  seen(pattern: RegExp): Promise<string>;
}

/** Only what a command needs: nothing of the developer's own settings may leak into a test. */
function environment(extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { PATH, HOME, TEMPORAL_CLI_PATH, GOGC } = process.env;
  return { PATH, HOME, TEMPORAL_CLI_PATH, GOGC, NO_COLOR: '1', ...extra };
}

/** @param bin default: that of this build */
export function startCli(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
  bin: string = BIN,
): CliProcess {
  const child = spawn(process.execPath, [bin, ...args], { cwd, env: environment(env) });
  let [stdout, stderr] = ['', ''];
  const watchers = new Set<() => void>();
  const notify = () => {
    for (const watcher of watchers) watcher();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    notify();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    notify();
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const seen = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        if (!pattern.test(stdout + stderr)) return;
        watchers.delete(look);
        resolve(stdout + stderr);
      };
      watchers.add(look);
      look();
      void finished.then((end) =>
        reject(new Error(`ended with ${end.code} before ${pattern}: ${end.stdout}${end.stderr}`)),
      );
    });
  return { child, finished, seen, text: () => stdout + stderr };
}

export function runCli(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return startCli(args, cwd, env).finished;
}

export interface Dev {
  readonly cli: CliProcess;
  /** For the environment of other commands. */
  readonly env: { readonly TEMPORAL_ADDRESS: string };
  readonly emulatorUrl: string;
  /** As by Ctrl-C; returns the exit code. */
  stop(): Promise<number | null>;
}

/** `imagepipeline dev` on free ports. */
export async function startDev(cwd: string, args: readonly string[] = [], given: NodeJS.ProcessEnv = {}): Promise<Dev> {
  const cli = startCli(['dev', '--port', '0', '--ui-port', '0', '--data-dir', 'data', ...args], cwd, given);
  const text = await cli.seen(/^ready/m);
  const [, address = ''] = /Temporal server +(\S+),/.exec(text) ?? [];
  const [, emulatorUrl = ''] = /emulator at (\S+),/.exec(text) ?? [];
  const stop = async () => {
    cli.child.kill('SIGINT');
    return (await cli.finished).code;
  };
  return { cli, env: { TEMPORAL_ADDRESS: address }, emulatorUrl, stop };
}
