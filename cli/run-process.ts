/** The command line as a process: its streams and its exit code. */
import type { Environment } from '../workflows/domain/base/environment';
import type { CliContext } from './context';
import { EXIT } from './exit-codes';
import { findProgram } from './invocation';
import { runCli } from './main';
import { askAtTerminal } from './terminal/ask';
import { ProcessOutput } from './terminal/process-output';

/** Longest delay in ms between a command's last output and the end of the process, whatever sockets are open. */
const MAX_EXIT_DELAY_MS = 2_000;

export async function runProcess(env: Environment): Promise<void> {
  const [stdout, stderr] = [new ProcessOutput(process.stdout), new ProcessOutput(process.stderr)];
  const cwd = process.cwd();
  const program = findProgram(process.argv[1] ?? '', env, cwd);
  const ask = process.stdin.isTTY && stderr.isTTY ? askAtTerminal : undefined;
  const context: CliContext = { env, cwd, program, stdout, stderr, ask };
  process.exitCode = await runCli(process.argv.slice(2), context);
  if (stdout.failure !== null) {
    stderr.write(`could not write the output (${stdout.failure}); it is incomplete\n`);
    process.exitCode = EXIT.internalError;
  }
  setTimeout(() => process.exit(), MAX_EXIT_DELAY_MS).unref();
}
