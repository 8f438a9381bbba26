import {
  type EditedRows,
  findRedriveProblems,
  type Redrive,
  type RedriveTerms,
  redriveBatch,
  toRedriveTerms,
} from '../../client/batches/redrive-batch';
import { hasSeveralSteps, NEEDS_RECIPE } from '../../client/batches/several-steps';
import type { ImagePipelineClient } from '../../client/client';
import { withStore } from '../../client/open-store';
import type { Unchecked } from '../../input/requests/batch-settings';
import { formatCount } from '../../workflows/domain/base/format-count';
import { REDRIVABLE } from '../../workflows/domain/batch/redrive-summary';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { EXIT, type ExitCode } from '../exit-codes';
import { toFlagProblems, toUsageError } from '../flag-problems';
import { UsageError } from '../usage-error';
import { withBatchTools } from './batch-tools';
import { addYesFlag, confirmSubmissions, type YesFlag } from './confirm';
import { followBatch } from './follow-batch';
import { addInputFlags, FILE_ARGUMENT, type InputFlags } from './input-flags';
import { addLimitFlags, type LimitFlags, readLimits } from './limit-flags';
import { editedRows, loadKeys } from './redrive-files';
import { addStartCheckFlags, readStoreCheck, reportPages, type StartCheckFlags } from './start-checks';

interface RedriveFlags extends LimitFlags, InputFlags, StartCheckFlags, YesFlag {
  readonly outcome?: readonly string[];
  readonly allowUnknown?: true;
  readonly code?: readonly string[];
  readonly keys?: string;
  readonly input?: string;
  readonly fromStep?: string;
  readonly dryRun?: true;
  readonly detach?: true;
  readonly json?: true;
}

const ALLOW_UNKNOWN_HELP =
  'also resubmit items that may have been charged and cannot be fetched: each may be paid twice (implied by --outcome unknown)';

/** Adds `imagepipeline redrive`. */
export const addRedriveCommand: AddCommand = (program, context, done) => {
  const command = program
    .command('redrive')
    .description('rerun the items of an ended batch that did not succeed; results merge into the same batch')
    .argument('<id>', "the batch's id")
    .option(
      '--outcome <outcome...>',
      `outcomes to rerun: ${REDRIVABLE.join(', ')} (default: all that cannot be paid twice)`,
    )
    .option('--allow-unknown', ALLOW_UNKNOWN_HELP)
    .option('--code <code...>', 'only items that ended with one of these codes')
    .option('--keys <file>', 'only the keys in this file, one per line; - is standard input')
    .option(
      '--input <file>',
      `only the rows of this file, with their requests replacing the old ones: ${FILE_ARGUMENT}`,
    )
    .option('--from-step <id>', 'run this step again and those after it (default: the first that is not finished)')
    .option('--dry-run', 'say what would be rerun; starts nothing')
    .option('--detach', 'do not wait for the end')
    .option('--json', 'print the last status as JSON on stdout, and nothing else');
  addYesFlag(addStartCheckFlags(command));
  addInputFlags(command);
  addLimitFlags(command);
  command.action(async (id: string, flags: RedriveFlags) => done(await redrive(id, flags, context)));
};

async function redrive(id: string, flags: RedriveFlags, context: CliContext): Promise<ExitCode> {
  const problems: string[] = [];
  const given = await termsFrom(flags, problems, context);
  const edited = await editedRows(flags, context, problems);
  if (problems.length > 0 && (await lacksRecipe(id, flags, context)))
    throw new UsageError([`--input: its rows ${NEEDS_RECIPE}`]);
  problems.push(...toFlagProblems(findRedriveProblems(given)));
  if (problems.length > 0) throw new UsageError(problems);
  return withBatchTools(context, async ({ client, interrupted }) => {
    const confirm = (count: number) => confirmSubmissions(count, flags, context);
    const wait = { ...reportPages(interrupted, context), ...readStoreCheck(flags, context), confirm };
    const redriven = await run(client, id, { ...toRedriveTerms(given), ...wait }, edited);
    if (redriven === null) return EXIT.interrupted;
    const { selected } = redriven;
    if (selected === 0) {
      report(redriven, `no item of ${id} to rerun`, context);
      return EXIT.done;
    }
    report(
      redriven,
      `${flags.dryRun ? 'would redrive' : 'redriving'} ${formatCount(selected, 'item')} of ${id}`,
      context,
    );
    if (flags.dryRun) return EXIT.done;
    return followBatch(client.batch(id), flags, { client, interrupted, store: client.openStore() }, context);
  });
}

/** The rows of items of several steps have problems that say nothing about the recipe. */
function lacksRecipe(id: string, { input, recipe }: RedriveFlags, { env, cwd }: CliContext): Promise<boolean> | false {
  if (input === undefined || recipe !== undefined) return false;
  return withStore(env, cwd, ({ batches }) => hasSeveralSteps(batches, id));
}

/** Parses the terms. Adds problems of the file of keys and of prices to `problems`. */
async function termsFrom(
  flags: RedriveFlags,
  problems: string[],
  context: CliContext,
): Promise<Unchecked<RedriveTerms>> {
  const { outcome: outcomes, code: codes, allowUnknown, fromStep, dryRun, movedServer } = flags;
  const keys = flags.keys === undefined ? undefined : await loadKeys(flags.keys, context, problems);
  return { ...readLimits(flags, problems), outcomes, codes, keys, allowUnknown, fromStep, dryRun, movedServer };
}

async function run(
  client: ImagePipelineClient,
  id: string,
  terms: RedriveTerms,
  edited: EditedRows | null,
): Promise<Redrive | null> {
  try {
    return await redriveBatch(client, client.batch(id), terms, edited);
  } catch (error) {
    throw toUsageError(error);
  }
}

type Money = Pick<
  Redrive,
  'steps' | 'reused' | 'repaid' | 'fetched' | 'possiblyPaid' | 'leftUnknown' | 'notStarted' | 'rekept'
>;

/** @param last the last line, which says what happens */
function report(money: Money, last: string, { stderr }: CliContext): void {
  for (const line of [...formatMoney(money), last]) stderr.write(`${line}\n`);
}

/** The lines about payments. */
function formatMoney({
  steps = {},
  reused,
  repaid = {},
  fetched,
  possiblyPaid,
  leftUnknown,
  notStarted = 0,
  rekept = 0,
}: Money): readonly string[] {
  const again = Object.values(repaid).reduce((sum, count) => sum + count, 0);
  const items = (count: number) => formatCount(count, 'item');
  return [
    ...Object.entries(steps).map(([id, count]) => `step ${id}: ${items(count)}`),
    ...(reused > 0 ? [`${formatCount(reused, 'finished step')} taken from the store, and not paid again`] : []),
    ...(again > 0
      ? [
          `${formatCount(again, 'finished step')} ${again === 1 ? 'is' : 'are'} run and paid again (${Object.keys(repaid).join(', ')})`,
        ]
      : []),
    ...(fetched > 0 ? [`${items(fetched)} with a job that may be charged: it is fetched first, which is free`] : []),
    ...(possiblyPaid > 0 ? [`${items(possiblyPaid)} may have been charged already, and may be charged again now`] : []),
    ...(leftUnknown > 0
      ? [
          `${items(leftUnknown)} not rerun: they may have been charged, and have no job to fetch, or its job is of another request or step; ` +
            '--allow-unknown submits them again, which may be a second payment',
        ]
      : []),
    ...(rekept > 0
      ? [
          `${items(rekept)} with another "keep" only: the files are stored; "results --recipe" and "download --recipe" show them`,
        ]
      : []),
    ...(notStarted > 0
      ? [
          `${formatCount(notStarted, 'row')} not started yet, and not by a redrive: "batch" without --sample starts them`,
        ]
      : []),
  ];
}
