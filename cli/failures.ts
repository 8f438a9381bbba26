import type { AddCommand } from './command';
import { formatFailuresAsMarkdown, formatFailuresAsText, toFailuresJson } from './failure-table';

interface FailuresFlags {
  readonly markdown?: true;
  readonly json?: true;
}

/** Adds `imagepipeline failures`. */
export const addFailuresCommand: AddCommand = (program, { stdout }) => {
  program
    .command('failures')
    .description('print the failure table: what each code means, how it is handled and how to fix it')
    .option('--markdown', 'print Markdown, as in the README')
    .option('--json', 'print JSON')
    .action(({ markdown, json }: FailuresFlags) => {
      const render = json ? toFailuresJson : markdown ? formatFailuresAsMarkdown : formatFailuresAsText;
      stdout.write(`${render()}\n`);
    });
};
