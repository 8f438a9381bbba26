/** The command line in the process of the test: as `runCli` of `cli-process`, without the second that a process takes. */
import type { CliContext } from '../../cli/context';
import { runCli } from '../../cli/main';
import type { Finished } from './cli-process';

export async function runInside(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
  ask?: CliContext['ask'],
): Promise<Finished> {
  const texts = { stdout: '', stderr: '' };
  const into = (name: keyof typeof texts) => ({
    isTTY: false,
    write: (text: string) => {
      texts[name] += text;
      return true;
    },
  });
  const code = await runCli(args, { cwd, env, stdout: into('stdout'), stderr: into('stderr'), ask });
  return { code, ...texts };
}
