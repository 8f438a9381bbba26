/** `imagepipeline plan` in the process of the test. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { addPlanCommand } from '../../cli/batch/plan';
import type { CliContext } from '../../cli/context';
import { reportError } from '../../cli/report-error';
import { tempFolder } from '../support/temp-folder';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Collected {
  readonly context: CliContext;
  readonly texts: { stdout: string; stderr: string };
}

export function collect(cwd: string, isTTY = false): Collected {
  const texts = { stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr') => ({
    isTTY,
    write(text: string) {
      texts[name] += text;
      return true;
    },
  });
  return { texts, context: { env: {}, cwd, stdout: into('stdout'), stderr: into('stderr') } };
}

/** As the command line runs it. */
export async function run(cwd: string, ...args: string[]): Promise<Ran> {
  const { context, texts } = collect(cwd);
  let code = 0;
  const program = new Command().exitOverride();
  addPlanCommand(program, context, (given) => {
    code = given;
  });
  try {
    await program.parseAsync(['plan', ...args], { from: 'user' });
  } catch (error) {
    code = reportError(error, context);
  }
  return { code, ...texts };
}

export function folderWith(name: string, content: string): string {
  const folder = tempFolder();
  writeFileSync(path.join(folder, name), content);
  return folder;
}
