import { spawn } from 'node:child_process';
import { LineTail, onLines } from './lines';

interface RunOptions {
  /** Timeout in ms, after which the command is killed. Default: none. */
  readonly timeoutMs?: number;
  readonly cwd?: string;
  /** Default: inherited. */
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each line of stderr. */
  readonly onStderrLine?: (line: string) => void;
}

/** Runs a command to completion; throws, with the last lines of its stderr, if it cannot run or fails. */
export function runCommand(
  command: string,
  args: readonly string[],
  { timeoutMs, cwd, env, onStderrLine }: RunOptions = {},
): Promise<{ stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...(cwd && { cwd }), ...(env && { env }), stdio: ['ignore', 'pipe', 'pipe'] });
    // SIGKILL: a program could ignore a softer signal.
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
