/** `set`, which changes the limits of a running batch, and the older commands that change one of them. */

import type { Command } from 'commander';
import { type BatchChanges, findBatchChangeProblems, type Unchecked } from '../../input/requests/batch-settings';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import type { ExitCode } from '../exit-codes';
import { toFlagProblems } from '../flag-problems';
import { UsageError } from '../usage-error';
import { sendControl } from './control';
import { numberIn } from './limit-flags';

interface Flags {
  readonly concurrency?: string;
  readonly maxFailures?: string;
  readonly budgetSubmissions?: string;
  readonly budgetCost?: string;
  readonly weight?: string;
  readonly json?: true;
}

const JSON_HELP = 'print the resulting state as JSON on stdout, and nothing else';

/** Adds `imagepipeline set`. */
export const addSetCommand: AddCommand = (program, context, done) => {
  program
    .command('set')
    .description('change the limits of a running batch; a batch that its budget paused resumes')
    .argument('<id>', "the batch's id")
    .option('--concurrency <jobs>', 'jobs in flight at most, or "none": as many as the account allows')
    .option('--max-failures <limit>', 'failed and unknown items to tolerate: a number or a percentage like 5%')
    .option('--budget-submissions <count>', 'total submissions of this run, or "none"')
    .option('--budget-cost <amount>', 'total cost of this run, by its prices, or "none"')
    .option('--weight <number>', 'share of the account relative to other batches, from 0.1 to 1000')
    .option('--json', JSON_HELP)
    .action(async (id: string, flags: Flags) => done(await set(id, flags, toFlagProblems, context)));
};

interface OlderCommand {
  readonly about: string;
  readonly flag: Exclude<keyof Flags, 'json'>;
  readonly argument: string;
  readonly argumentAbout: string;
}

const OLDER = {
  concurrency: {
    about: 'same as "set --concurrency"',
    flag: 'concurrency',
    argument: '<jobs>',
    argumentAbout: 'from 1 to 10000',
  },
  'max-failures': {
    about: 'same as "set --max-failures"',
    flag: 'maxFailures',
    argument: '<limit>',
    argumentAbout: 'a number, or a share like 5%',
  },
  budget: {
    about: 'same as "set --budget-submissions"',
    flag: 'budgetSubmissions',
    argument: '<submissions>',
    argumentAbout: 'in all, or "none"',
  },
} as const satisfies Record<string, OlderCommand>;

/** Adds `imagepipeline concurrency`, `max-failures` or `budget`. */
export function addOlderSetCommand(name: keyof typeof OLDER): AddCommand {
  const { about, flag, argument, argumentAbout } = OLDER[name];
  return (program, context, done) => {
    const command: Command = program
      .command(name)
      .description(about)
      .argument('<id>', "the batch's id")
      .argument(argument, argumentAbout)
      .option('--json', JSON_HELP);
    command.action(async (id: string, value: string) => {
      const toProblems: typeof toFlagProblems = (problems) => problems.map(({ problem }) => `${argument} ${problem}`);
      done(await set(id, { ...command.opts<Flags>(), [flag]: value }, toProblems, context));
    });
  };
}

/** @throws UsageError with every problem, before anything is sent */
function set(id: string, flags: Flags, toProblems: typeof toFlagProblems, context: CliContext): Promise<ExitCode> {
  const { concurrency, maxFailures, budgetSubmissions, budgetCost, weight } = flags;
  const budget = withoutMissing({ submissions: amountIn(budgetSubmissions), cost: amountIn(budgetCost) });
  const changes: Unchecked<BatchChanges> = withoutMissing({
    concurrency: amountIn(concurrency),
    maxFailures,
    weight: numberIn(weight),
    budget: Object.keys(budget).length === 0 ? undefined : budget,
  });
  if (Object.keys(changes).length === 0) throw new UsageError(['expected at least one flag; see "set --help"']);
  const problems = toProblems(findBatchChangeProblems(changes));
  if (problems.length > 0) throw new UsageError(problems);
  return sendControl({ send: (batch) => batch.set(changes as BatchChanges) }, id, flags, context);
}

function amountIn(text: string | undefined): number | string | null | undefined {
  return text === 'none' ? null : numberIn(text);
}
