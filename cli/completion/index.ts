import type { Command } from 'commander';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { UsageError } from '../usage-error';
import { listNodes } from './command-tree';
import { SCRIPTS, type Shell } from './scripts';

/** Builds the program with all its commands. */
type LoadAll = (context: CliContext) => Promise<Command>;

const SHELLS = Object.keys(SCRIPTS);

/** Adds `imagepipeline completion`. */
export function addCompletionCommand(loadAll: LoadAll): AddCommand {
  return (program, context) => {
    program
      .command('completion')
      .description('print a script that completes commands and flags when Tab is pressed')
      .argument('<shell>', SHELLS.join(', '))
      .action(async (shell: string) => {
        if (!isShell(shell)) throw new UsageError([`unknown shell "${shell}"; must be one of ${SHELLS.join(', ')}`]);
        const all = await loadAll(context);
        context.stdout.write(SCRIPTS[shell](all.name(), listNodes(all)));
      });
  };
}

function isShell(text: string): text is Shell {
  return SHELLS.includes(text);
}
