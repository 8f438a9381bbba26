import type { Command } from 'commander';
import type { StartedBatch } from '../../client/batches/batch-context';
import type { RowSpool } from '../../client/batches/batch-manifest';
import { type BatchStart, type BatchStartSettings, startBatch } from '../../client/batches/start-batch';
import type { ImagePipelineClient } from '../../client/client';
import { IdTakenError } from '../../client/errors';
import { InputFileError } from '../../client/input/input-file-error';
import { openInput } from '../../client/input/open-input';
import { mayStart, type Plan, planFile } from '../../client/input/plan';
import { withStore } from '../../client/open-store';
import { formatCount } from '../../workflows/domain/base/format-count';
import { brokenKeyRule } from '../../workflows/domain/base/safe-key';
import { findMaxFailuresProblem } from '../../workflows/domain/batch/settings-checks';
import { DEFAULT_DEADLINE_MS } from '../../workflows/messages';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { durationFlag } from '../duration';
import { EXIT, type ExitCode } from '../exit-codes';
import { sortWords, UsageError } from '../usage-error';
import { withBatchTools } from './batch-tools';
import { followBatch } from './follow-batch';
import { addInputFlags, FILE_ARGUMENT, type InputFlags, readOpenOptions } from './input-flags';
import { addLimitFlags, type LimitFlags, readLimits } from './limit-flags';
import { MOVED_SERVER_HELP } from './moved-server';
import { formatFindings, formatRefusals } from './plan-text';
import { readStoreCheck, SKIP_STORE_CHECK_HELP, type StoreCheckFlags } from './store-check-flag';

interface BatchFlags extends LimitFlags, InputFlags, StoreCheckFlags {
  readonly id?: string;
  readonly detach?: true;
  readonly json?: true;
  readonly maxFailures?: string;
  readonly onTooManyFailures: string;
  readonly deadline?: string;
  readonly itemDeadline?: string;
  readonly jobTimeout?: string;
  readonly workflowPerImage?: true;
  readonly movedServer?: true;
}

/** Adds `imagepipeline batch`. */
export const addBatchCommand: AddCommand = (program, context, done) => {
  const command = program
    .command('batch')
    .description('make every image of a file; Ctrl-C detaches, and the batch continues')
    .argument('<file>', FILE_ARGUMENT)
    .option('--id <id>', 'your name for it (default: a hash of the rows)')
    .option(
      '--max-failures <limit>',
      'failed and unknown items to tolerate: a number or a percentage like 5% (default: all)',
    )
    .option('--on-too-many-failures <action>', 'pause or cancel', 'pause')
    .option('--deadline <time>', 'cancel what is not done after this time, for instance 8h (default: none)')
    .option('--item-deadline <time>', 'give up an item after this time (default: 24h)')
    .option('--job-timeout <time>', 'a job counts as overdue after this time (default: 15m)')
    .option('--workflow-per-image', 'each image as a workflow of its own, with a row in Temporal UI; slower')
    .option('--moved-server', MOVED_SERVER_HELP)
    .option('--skip-store-check', SKIP_STORE_CHECK_HELP)
    .option('--detach', 'do not wait for the end')
    .option('--json', 'print the last status on stdout and nothing else');
  addInputFlags(command);
  addLimitFlags(command);
  // Commander would stop at the first word that it does not know; all problems are reported at once instead.
  command.allowUnknownOption().allowExcessArguments();
  command.action(async (file: string, flags: BatchFlags) => done(await batch(file, flags, command, context)));
};

function batch(file: string, flags: BatchFlags, command: Command, context: CliContext): Promise<ExitCode> {
  const settings = readBatchSettings(flags, sortWords(command, ['file']).problems);
  return withStore(context.env, context.cwd, (store) =>
    withBatchTools(context, async ({ client, spool, interrupted }) => {
      const plan = await planRows(file, flags, spool, context);
      if (!mayStart(plan, flags.skipInvalid === true)) return EXIT.badInput;
      if (interrupted.aborted) return EXIT.interrupted;
      const started = await start(client, {
        plan,
        spool,
        store,
        settings,
        id: flags.id,
        movedServer: flags.movedServer === true,
        ...readStoreCheck(flags, context),
      });
      announce(started, plan, context);
      return followBatch(client.batch(started.id), flags, { client, interrupted, store }, context);
    }),
  );
}

/** @throws UsageError with every problem of the flags */
function readBatchSettings(flags: BatchFlags, given: readonly string[]): BatchStartSettings {
  const problems = [...given];
  const note = (flag: string, problem: string | null) => {
    if (problem !== null) problems.push(`${flag} ${problem}`);
  };
  const limits = readLimits(flags, problems);
  note('--max-failures', flags.maxFailures === undefined ? null : findMaxFailuresProblem(flags.maxFailures));
  note('--on-too-many-failures', actionProblem(flags.onTooManyFailures));
  note('--id', flags.id === undefined ? null : idProblem(flags.id));
  const deadlineMs = durationFlag('--deadline', flags.deadline, problems);
  const itemDeadlineMs = durationFlag('--item-deadline', flags.itemDeadline, problems);
  const jobTimeBudgetMs = durationFlag('--job-timeout', flags.jobTimeout, problems);
  if (problems.length > 0) throw new UsageError(problems);
  return {
    ...limits,
    items: {
      deadlineMs: itemDeadlineMs ?? DEFAULT_DEADLINE_MS,
      ...(jobTimeBudgetMs === undefined ? {} : { jobTimeBudgetMs }),
    },
    onTooManyFailures: flags.onTooManyFailures === 'cancel' ? 'cancel' : 'pause',
    workflowPerImage: flags.workflowPerImage === true,
    ...(flags.maxFailures === undefined ? {} : { maxFailures: flags.maxFailures }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  };
}

function idProblem(id: string): string | null {
  const rule = brokenKeyRule(id);
  return rule === null ? null : `is "${id}"; ${rule}`;
}

function actionProblem(action: string): string | null {
  return action === 'pause' || action === 'cancel' ? null : `is "${action}"; must be pause or cancel`;
}

/** Nothing is written to the store unless the whole file is right. */
async function planRows(file: string, flags: BatchFlags, spool: RowSpool, { cwd, stderr }: CliContext): Promise<Plan> {
  try {
    const problems: string[] = [];
    const source = openInput(file, readOpenOptions(flags, { cwd }, process.stdin, problems));
    if (problems.length > 0) throw new UsageError(problems);
    const plan = await planFile(source, {
      dropDuplicates: flags.dropDuplicates === true,
      onRow: (row) => spool.add(row),
    });
    for (const line of formatFindings(plan, { problem: null, warning: null })) stderr.write(`${line}\n`);
    for (const line of formatRefusals(plan, mayStart(plan, flags.skipInvalid === true))) stderr.write(`${line}\n`);
    return plan;
  } catch (error) {
    throw error instanceof InputFileError ? new UsageError([error.message]) : error;
  }
}

async function start(client: ImagePipelineClient, what: BatchStart): Promise<StartedBatch> {
  try {
    return await startBatch(client, what);
  } catch (error) {
    if (!(error instanceof IdTakenError)) throw error;
    throw new UsageError(error.problems.map(({ field, problem }) => `--${field} ${problem}`));
  }
}

function announce({ id, alreadyStarted }: StartedBatch, { valid }: Plan, { stderr }: CliContext): void {
  stderr.write(`${alreadyStarted ? 'found' : 'started'} ${id}: ${formatCount(valid, 'item')}\n`);
}
