import type { AddCommand } from './command';
import { failureTableJson, failureTableMarkdown, failureTableText } from './failure-table';

interface Flags {
  readonly markdown?: true;
  readonly json?: true;
}

/** Adds `imagepipeline failures`. */
export const addFailuresCommand: AddCommand = (program, { stdout }) => {
  program
    .command('failures')
    .description('print the failure table: what each code means and how it is handled')
    .option('--markdown', 'as Markdown, as in the README')
    .option('--json', 'for programs')
    .action(({ markdown, json }: Flags) => {
      const render = json ? failureTableJson : markdown ? failureTableMarkdown : failureTableText;
      stdout.write(`${render()}\n`);
    });
};
