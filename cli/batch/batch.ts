import path from 'node:path';
import type { Command } from 'commander';
import { addRows } from '../../client/batches/add-rows';
import type { StartedBatch } from '../../client/batches/batch-context';
import type { BatchHandle } from '../../client/batches/batch-handle';
import type { PageWait } from '../../client/batches/earlier-pages';
import type { RowSource } from '../../client/batches/plan-batch';
import {
  findStartProblems,
  type StartHooks,
  type StartOutcome,
  type StartTermsOfBatch,
  startFromSource,
  toStartTerms,
} from '../../client/batches/start-from-rows';
import type { EndedTerms } from '../../client/batches/when-ended';
import type { ImagePipelineClient } from '../../client/client';
import { InputFileError } from '../../input/input-file-error';
import type { Plan } from '../../input/plan';
import type { Unchecked } from '../../input/requests/batch-settings';
import { formatCount } from '../../workflows/domain/base/format-count';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { durationFlag } from '../duration';
import { EXIT, type ExitCode } from '../exit-codes';
import { toFlagProblems, toUsageError } from '../flag-problems';
import { toDashes } from '../item/request-flags';
import { sortWords, UsageError } from '../usage-error';
import { checkOutput, followAndCopy } from './batch-output';
import { type BatchTools, withBatchTools } from './batch-tools';
import { addYesFlag, confirmSubmissions, type YesFlag } from './confirm';
import { SIDECAR_HELP } from './copy-results';
import { addScheduleFlags, createSchedule, readSchedule, readStart, type ScheduleFlags } from './create-schedule';
import { addInputFlags, FILE_ARGUMENT, type InputFlags } from './input-flags';
import { addLimitFlags, type LimitFlags, numberIn, readLimits } from './limit-flags';
import { sourceFrom } from './open-source';
import { formatFindings, formatRefusals } from './plan-text';
import { addStartCheckFlags, readStoreCheck, reportPages, type StartCheckFlags } from './start-checks';

interface BatchFlags extends LimitFlags, InputFlags, StartCheckFlags, YesFlag, ScheduleFlags {
  readonly id?: string;
  readonly add?: true;
  readonly sample?: string;
  readonly startAt?: string;
  readonly detach?: true;
  readonly json?: true;
  readonly output?: string;
  readonly sidecar?: true;
  readonly maxFailures?: string;
  readonly onTooManyFailures?: string;
  readonly deadline?: string;
  readonly itemDeadline?: string;
  readonly jobTimeout?: string;
  readonly workflowPerImage?: true;
}

/** Adds `imagepipeline batch`. */
export const addBatchCommand: AddCommand = (program, context, done) => {
  const command = program
    .command('batch')
    .description('run every row of a file; Ctrl-C detaches and the batch continues')
    .argument('[file]', FILE_ARGUMENT)
    .option('--id <id>', 'your name for the batch (default: a hash of the rows)')
    .option('--add', 'run only the rows that the batch --id does not have yet; it must have ended')
    .option(
      '--sample <n>',
      'start only n of its items, evenly distributed; the same command without it starts the rest',
    )
    .option(
      '--max-failures <limit>',
      'failed and unknown items to tolerate: a number or a percentage like 5% (default: all)',
    )
    .option('--on-too-many-failures <action>', 'pause or cancel (default: pause)')
    .option('--deadline <time>', 'cancel the remaining items after this time, for instance 8h (default: none)')
    .option('--item-deadline <time>', 'give up an item after this time (default: 24h)')
    .option('--job-timeout <time>', 'treat a job as overdue after this time (default: by operation, 15m for pictures)')
    .option('--workflow-per-image', 'run each item as its own workflow, with a row in Temporal UI; slower')
    .option('--output <folder>', 'copy the results into this folder at the end, as "download" does')
    .option('--sidecar', SIDECAR_HELP)
    .option('--detach', 'do not wait for the end')
    .option('--json', 'print the last status as JSON on stdout, and nothing else');
  addScheduleFlags(addYesFlag(addStartCheckFlags(command)));
  addInputFlags(command);
  addLimitFlags(command);
  // Commander stops at the first unknown argument; this command reports all problems at once.
  command.allowUnknownOption().allowExcessArguments();
  command.action(async (file: string | undefined, flags: BatchFlags) =>
    done(await batch(file, flags, command, context)),
  );
};

async function batch(
  file: string | undefined,
  flags: BatchFlags,
  command: Command,
  context: CliContext,
): Promise<ExitCode> {
  const problems = [...sortWords(command, ['file']).problems];
  const terms = termsFrom(flags, problems, context);
  const schedule = readSchedule(flags, problems);
  const source = await sourceFrom(file, flags, problems, context);
  if (flags.add === true && flags.id === undefined) problems.push('--add requires --id');
  if (flags.add === true && flags.sample !== undefined) problems.push('--add runs all new rows; leave out --sample');
  const output = await checkOutput(
    flags,
    file === undefined ? null : path.resolve(context.cwd, file),
    problems,
    context,
  );
  if (source === null || problems.length > 0) throw new UsageError(problems);
  return withBatchTools(context, async ({ client, interrupted }) => {
    if (schedule !== null)
      return withUsageErrors(() =>
        createSchedule(client, source, { ...terms, ...schedule }, (plan) => report(plan, flags, context), {
          ...{ flags, interrupted, context },
        }),
      );
    const tools = { client, interrupted, store: client.openStore() };
    const isAddition = flags.add === true && (await tools.store.batches.readManifest(flags.id ?? '')) !== null;
    if (isAddition) refuseSettings(command);
    const follow = (batch: BatchHandle) => followAndCopy(batch, flags, output, tools, context);
    const confirm = (count: number) => confirmSubmissions(count, flags, context);
    if (isAddition)
      return add(source, flags, { ...terms, confirm, ...reportPages(interrupted, context) }, tools, follow, context);
    const onPlan = async (plan: Plan) => report(plan, flags, context);
    const { plan, batch: started } = await start(client, source, terms, { signal: interrupted, onPlan, confirm });
    if (started === null) return plan.mayStart ? EXIT.interrupted : EXIT.badInput;
    announce(started, plan, context);
    return follow(client.batch(started.id));
  });
}

/** Flags of settings that a batch keeps from its start. */
const KEPT_SETTINGS = [
  'maxFailures',
  'onTooManyFailures',
  'deadline',
  'itemDeadline',
  'jobTimeout',
  'workflowPerImage',
] as const satisfies readonly (keyof BatchFlags)[];

/** @throws UsageError if a flag is given that an addition would ignore */
function refuseSettings(command: Command): void {
  const given = KEPT_SETTINGS.filter((name) => command.getOptionValueSource(name) === 'cli');
  if (given.length === 0) return;
  throw new UsageError(
    given.map((name) => `--${toDashes(name)} cannot be given with --add: added rows keep the settings of their batch`),
  );
}

/** Adds the new rows to a batch that has ended, and follows it. */
async function add(
  source: RowSource,
  flags: BatchFlags,
  terms: StartTermsOfBatch & EndedTerms & PageWait,
  tools: BatchTools,
  follow: (batch: BatchHandle) => Promise<ExitCode>,
  context: CliContext,
): Promise<ExitCode> {
  const batch = tools.client.batch(flags.id ?? '');
  const added = await withUsageErrors(() =>
    addRows(tools.client, batch, source, terms, (plan) => report(plan, flags, context)),
  );
  if (added === null) return tools.interrupted.aborted ? EXIT.interrupted : EXIT.badInput;
  context.stderr.write(`added ${formatCount(added, 'item')} to ${batch.id}\n`);
  return added === 0 && flags.output === undefined ? EXIT.done : follow(batch);
}

/** Parses the flags. Adds problems to `problems`. */
function termsFrom(flags: BatchFlags, problems: string[], context: CliContext): StartTermsOfBatch {
  const { id, maxFailures, onTooManyFailures, workflowPerImage, movedServer } = flags;
  const given: Unchecked<StartTermsOfBatch> = {
    ...readLimits(flags, problems),
    ...{ id, maxFailures, onTooManyFailures, workflowPerImage, movedServer },
    sample: numberIn(flags.sample),
    startAt: readStart(flags, problems),
    deadlineMs: durationFlag('--deadline', flags.deadline, problems),
    itemDeadlineMs: durationFlag('--item-deadline', flags.itemDeadline, problems),
    jobTimeBudgetMs: durationFlag('--job-timeout', flags.jobTimeout, problems),
  };
  problems.push(...toFlagProblems(findStartProblems(given)));
  return { ...toStartTerms(given), ...readStoreCheck(flags, context) };
}

async function start(
  client: ImagePipelineClient,
  source: RowSource,
  terms: StartTermsOfBatch,
  hooks: StartHooks,
): Promise<StartOutcome> {
  return withUsageErrors(() => startFromSource(client, source, terms, hooks));
}

function report(plan: Plan, { recipe }: Pick<BatchFlags, 'recipe'>, { stderr }: CliContext): void {
  const lines = [
    ...formatFindings(plan, { problem: null, warning: null }),
    ...formatRefusals(plan, recipe === undefined ? 'row' : 'item'),
  ];
  for (const line of lines) stderr.write(`${line}\n`);
}

async function withUsageErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof InputFileError ? new UsageError([error.message]) : toUsageError(error);
  }
}

function announce({ id, alreadyStarted, notStarted = 0 }: StartedBatch, { valid }: Plan, { stderr }: CliContext): void {
  const rest = notStarted === 0 ? '' : `, ${notStarted} of them not started yet`;
  stderr.write(`${alreadyStarted ? 'found' : 'started'} ${id}: ${formatCount(valid, 'item')}${rest}\n`);
}
