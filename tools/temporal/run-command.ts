import { type ExecFileException, type ExecFileOptions, execFile } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { promisify } from 'node:util';
import { NotThere } from './errors';

interface RunOptions extends Pick<ExecFileOptions, 'cwd' | 'env' | 'timeout' | 'signal'> {
  /** Receives stderr as it comes. */
  readonly onStderr?: (text: string) => void;
}

/** Enough for `go build -v`, which names more than a thousand packages. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Runs a command and returns its stdout; throws, with the last lines of its stderr, if it cannot run or fails. */
export async function runCommand(
  command: string,
  args: readonly string[],
  { onStderr, ...options }: RunOptions = {},
): Promise<string> {
  // SIGKILL: a program could ignore a softer signal.
  const limits = { maxBuffer: MAX_OUTPUT_BYTES, killSignal: 'SIGKILL' } as const;
  const running = promisify(execFile)(command, args, { ...limits, ...options });
  if (onStderr !== undefined) running.child.stderr?.on('data', onStderr);
  try {
    return (await running).stdout;
  } catch (error) {
    const { code, killed, message, stderr = '' } = error as ExecFileException & { readonly stderr?: string };
    if (code === 'ENOENT' && !isAbsolute(command)) throw new NotThere(`\`${command}\` is not on PATH`);
    const ended = killed ? `killed after ${options.timeout} ms` : message.split('\n', 1)[0];
    const how = typeof code === 'number' ? `exit code ${code}` : ended;
    throw new Error(`"${command}" failed (${how})${quoteEnd(stderr)}`, { cause: error });
  }
}

/** The last lines of an output, as the end of a sentence; empty if there are none. */
export function quoteEnd(output: string, lines = 15): string {
  const end = output.trimEnd().split('\n').slice(-lines).join('\n');
  return end === '' ? '' : `; its last lines:\n${end}`;
}
