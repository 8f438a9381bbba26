import { spawn } from 'node:child_process';
import { LineTail, onLines } from './lines';

interface RunOptions {
  /** Killed when it takes longer, in milliseconds. Default: no limit. */
  readonly timeoutMs?: number;
  readonly cwd?: string;
  /** Default: inherited. */
  readonly env?: NodeJS.ProcessEnv;
  /** Sees each line of stderr as it comes. */
  readonly onStderrLine?: (line: string) => void;
}

/** Runs a command to its end; throws, with the last lines of its stderr, when it cannot be run or fails. */
export function runCommand(
  command: string,
  args: readonly string[],
  { timeoutMs, cwd, env, onStderrLine }: RunOptions = {},
): Promise<{ stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...(cwd && { cwd }), ...(env && { env }), stdio: ['ignore', 'pipe', 'pipe'] });
    // SIGKILL: a time limit that a program can ignore is none.
    const limit = timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    const tail = new LineTail();
    onLines(child.stderr, (line) => {
      tail.add(line);
      onStderrLine?.(line);
    });
    child.once('error', (error) => {
      clearTimeout(limit);
      reject(new Error(`"${command}" cannot be run (${error.message})`));
    });
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      if (code === 0) return resolve({ stdout });
      const reached = child.killed ? ` after its limit of ${(timeoutMs ?? 0) / 1000} s` : '';
      const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}${reached}`;
      reject(new Error(`"${command} ${args.join(' ')}" ${how}${tail.asSuffix()}`));
    });
  });
}
