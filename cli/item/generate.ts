import path from 'node:path';
import type { Command } from 'commander';
import { ImagePipelineClient } from '../../client/client';
import { IdTakenError } from '../../client/errors';
import type { ItemHandle } from '../../client/items/item-handle';
import { type StartedSeries, startSeries } from '../../client/items/start-series';
import { type OpenStore, openStore } from '../../client/open-store';
import type { PictureInputs } from '../../input/pictures/picture-inputs';
import { resolveOptions } from '../../input/pictures/resolve-options';
import { LOCAL_INPUTS } from '../../input/requests/input-reference';
import { type ItemOptions, startProblems } from '../../input/requests/item-options';
import { findSeriesProblems, MAX_SERIES_LENGTH, planSeries } from '../../input/requests/item-series';
import type { ItemReport } from '../../workflows/domain/item/item';
import { toItemJson } from '../../workflows/domain/item/item-json';
import {
  DEFAULT_OPERATION,
  findFieldRule,
  getOperationRow,
  type OperationName,
} from '../../workflows/domain/operations/operations';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { durationFlag } from '../duration';
import { EXIT, type ExitCode, toSeriesExit } from '../exit-codes';
import { IN_STORE, isInStore } from '../in-store';
import { newInputs } from '../inputs';
import { toCommand } from '../invocation';
import { CONVERT_HELP, toPictureTools } from '../picture-tools';
import { reportError } from '../report-error';
import { catchInterrupts } from '../terminal/interrupts';
import { sortWords, UsageError } from '../usage-error';
import { countFrom } from './count-flag';
import { detachedFrom, followItem, reportEnd } from './follow-item';
import { copyResult, outputFiles, outputProblem } from './output-file';
import { addRequestFlags, type RequestSyntax, toDashes, toRequest } from './request-flags';

export type ItemFlags = Readonly<Record<string, string | boolean | undefined>>;

const ID_HELP =
  'your name for the item: the same id finds the same item (default: a hash of the request, so the same command finds ' +
  'the same item; use --count, --seed or another --id for another one)';
const COUNT_HELP =
  `number of results of the request, 1 to ${MAX_SERIES_LENGTH}: further ids end in -2, -3 and so on, and --seed increases ` +
  'by 1 for each (default: 1)';
const OUTPUT_HELP =
  'copy the result to this file; with --count also to FILE-2, FILE-3 and so on. If a file exists, nothing is started';

const GENERATE: RequestSyntax = { operation: DEFAULT_OPERATION, argument: 'prompt' };

/** Adds `imagepipeline generate`. */
export const addGenerateCommand: AddCommand = (program, context, done) => {
  const command = program
    .command('generate')
    .description('make one or more images of a prompt, and wait until they are stored')
    .argument('<prompt>', 'what the image shows');
  addItemFlags(command, GENERATE);
  command.action(async (_prompt: string, flags: ItemFlags) => done(await runItems(command, GENERATE, flags, context)));
};

/** Adds the flags of the request and of the item. */
export function addItemFlags(command: Command, syntax: RequestSyntax): void {
  addRequestFlags(command, syntax);
  // Commander stops at the first unknown argument; this command reports all problems at once.
  command.allowUnknownOption().allowExcessArguments();
  command
    .option('--id <id>', ID_HELP)
    .option('--count <number>', COUNT_HELP)
    .option('--output <file>', OUTPUT_HELP)
    .option('--overwrite', 'with --output: replace an existing file')
    .option('--convert', CONVERT_HELP)
    .option('--deadline <time>', 'give up after this time, for instance 10m (default: 24h)')
    .option('--job-timeout <time>', `treat a job as overdue after this time (default: ${formatMinutes(syntax)})`)
    .option('--again', 'run an id that did not succeed again; a job that may be charged is fetched first')
    .option('--allow-unknown', 'with --again: also submit items that may have been charged; you may pay twice')
    .option('--wait-for-account', 'while the account is held: wait, instead of failing with the code of the hold')
    .option('--json', 'print one JSON object per item and line on stdout, and nothing else');
}

function formatMinutes({ operation }: RequestSyntax): string {
  return `${getOperationRow(operation).jobTimeBudgetMs / 60_000}m`;
}

/** A requested item. */
interface Wanted {
  readonly options: ItemOptions;
  /** The file that its result is copied to; `null`: not copied. */
  readonly output: string | null;
}

/** Starts the items, waits for them and reports their ends. */
export async function runItems(
  command: Command,
  syntax: RequestSyntax,
  flags: ItemFlags,
  context: CliContext,
): Promise<ExitCode> {
  const { operation } = syntax;
  const inputs = newInputs(context, {
    folder: context.cwd,
    tools: toPictureTools({ convert: flags['convert'] === true }),
  });
  const wanted = await wantedItems(command, { syntax, flags, inputs }, context);
  const needsStore = inputs.counts.files > 0 || wanted.length > 1 || wanted.some(({ output }) => output !== null);
  const store = needsStore ? openStore(context.env, context.cwd) : null;
  const client = await ImagePipelineClient.connect({ env: context.env, cwd: context.cwd });
  // From here on, Ctrl-C must not interrupt between the start and the output that says how to find the item.
  const interrupts = catchInterrupts();
  try {
    if (store !== null) await inputs.keepUsed(store.inputs);
    const series = wanted.map(({ options }) => options);
    const started = await startSeries(client, series, store, {
      onStarted: (item) => reportStart(item, context),
      onUnreadable: (error) => reportUncheckedIds(error, context),
    });
    const code = reportUnstarted(started, context);
    const items = started.items.map((item, index) => ({ item, output: wanted[index]?.output ?? null }));
    return await followAll(items, { operation, flags, store, interrupted: interrupts.signal, code }, context);
  } finally {
    interrupts.release();
    await client.close();
    await store?.close();
  }
}

interface GivenItem {
  readonly syntax: RequestSyntax;
  readonly flags: ItemFlags;
  readonly inputs: PictureInputs;
}

/** The options with a request that names the content of its files. Adds problems to `problems`. */
async function withInputs(
  options: ItemOptions,
  syntax: RequestSyntax,
  inputs: PictureInputs,
  problems: string[],
): Promise<ItemOptions> {
  const resolved = await resolveOptions(inputs, options);
  problems.push(...resolved.problems.map(({ field, problem }) => `${flagName(field, syntax)} ${problem}`));
  return resolved.options;
}

/** @throws UsageError with every problem, before anything is started */
async function wantedItems(
  command: Command,
  { syntax, flags, inputs }: GivenItem,
  context: CliContext,
): Promise<readonly Wanted[]> {
  const { words, problems } = sortWords(command, syntax.argument === null ? [] : [syntax.argument]);
  const given = startOptions(syntax, words, flags, problems);
  const options = await withInputs(given, syntax, inputs, problems);
  const series = planSeries(options, countFrom(flags['count'], problems));
  for (const { field, problem } of findSeriesProblems(series)) {
    problems.push(`--count makes ${flagName(field, syntax)} invalid: it ${problem}`);
  }
  const files = await outputsFor(series.length, flags, options, context, problems);
  if (problems.length > 0) throw new UsageError(problems);
  return series.map((one, index) => ({ options: one, output: files[index] ?? null }));
}

/** The files for `--output` as absolute paths; empty without the flag. */
async function outputsFor(
  count: number,
  { output, overwrite }: ItemFlags,
  { request, operation }: ItemOptions,
  context: CliContext,
  problems: string[],
): Promise<readonly string[]> {
  if (typeof output !== 'string') {
    if (overwrite === true) problems.push('--overwrite requires --output');
    return [];
  }
  const format = request['output_format'] ?? getOperationRow(operation).defaultFormat;
  const rule = findFieldRule(operation, 'output_format');
  const formats = rule?.type === 'choice' ? rule.choices : [];
  const terms = { cwd: context.cwd, overwrite: overwrite === true, format, formats };
  const files = outputFiles(output, count);
  for (const file of files) {
    const problem = isInStore(file, context) ? IN_STORE : await outputProblem(file, terms);
    if (problem !== null) problems.push(`--output ${JSON.stringify(file)} ${problem}`);
  }
  return files.map((file) => path.resolve(context.cwd, file));
}

/** Parses the options of the first item. Adds problems to `problems`. */
function startOptions(
  syntax: RequestSyntax,
  words: readonly string[],
  flags: ItemFlags,
  problems: string[],
): ItemOptions {
  const deadlineMs = durationFlag('--deadline', flags['deadline'], problems);
  const jobTimeBudgetMs = durationFlag('--job-timeout', flags['jobTimeout'], problems);
  const options: ItemOptions = {
    operation: syntax.operation,
    request: toRequest(syntax, words[0] ?? '', flags),
    ...(typeof flags['id'] === 'string' ? { id: flags['id'] } : {}),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(jobTimeBudgetMs === undefined ? {} : { jobTimeBudgetMs }),
    ...(flags['again'] === true ? { again: true } : {}),
    ...(flags['allowUnknown'] === true ? { allowUnknown: true } : {}),
    ...(flags['waitForAccount'] === true ? { waitWhileHeld: true } : {}),
  };
  // An unknown flag may be the argument; do not also report the argument as missing.
  const isUnsure = words.length === 0 && problems.length > 0;
  for (const { field, problem } of startProblems(options, (option) => flagName(option, syntax), LOCAL_INPUTS)) {
    if (field !== syntax.argument || !isUnsure) problems.push(`${flagName(field, syntax)} ${problem}`);
  }
  return options;
}

function flagName(field: string, { argument }: RequestSyntax): string {
  return field === argument ? field : `--${toDashes(field)}`;
}

function reportUncheckedIds(error: unknown, { stderr }: CliContext): void {
  const reason = error instanceof Error ? error.message : String(error);
  stderr.write(`could not check the ids in the store; the worker checks them before anything is paid: ${reason}\n`);
}

interface Started {
  readonly item: ItemHandle;
  readonly output: string | null;
}

function reportStart({ id, alreadyStarted }: ItemHandle, { stderr }: CliContext): void {
  const found = `found ${id}, made from the same request before; use --count, --seed or another --id for another one`;
  stderr.write(`${alreadyStarted ? found : `started ${id}`}\n`);
}

/** @returns the exit code of the items that could not be started; `done` if all were */
function reportUnstarted({ items, unstarted }: StartedSeries, context: CliContext): ExitCode {
  if (unstarted === null) return EXIT.done;
  const { ids, error } = unstarted;
  const begun = items.map(({ id }) => id).join(', ');
  context.stderr.write(`could not start ${ids.join(', ')}; waiting for those started: ${begun}\n`);
  if (!(error instanceof IdTakenError)) return reportError(error, context);
  // The error's own message says that nothing was started.
  context.stderr.write(`the id "${ids[0]}" ${error.use}, started just now\n`);
  return EXIT.badInput;
}

interface FollowTerms {
  readonly operation: OperationName;
  /** The exit code of the items that could not be started. */
  readonly code: ExitCode;
  readonly flags: ItemFlags;
  /** `null`: no results are copied. */
  readonly store: OpenStore | null;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** Waits for each item in order and reports its end. They run concurrently. */
async function followAll(items: readonly Started[], terms: FollowTerms, context: CliContext): Promise<ExitCode> {
  const codes: ExitCode[] = terms.code === EXIT.done ? [] : [terms.code];
  for (const [index, started] of items.entries()) {
    const place = items.length === 1 ? '' : `${index + 1} of ${items.length} · `;
    const report = await followItem(started.item, place, terms.interrupted, context);
    if (report === undefined)
      return detachedFrom(
        items.slice(index).map(({ item }) => item),
        context,
      );
    print(started, report, terms, context);
    codes.push(await findEnd(started, report, terms, context));
  }
  return toSeriesExit(codes);
}

function print({ item, output }: Started, report: ItemReport, terms: FollowTerms, context: CliContext): void {
  const { flags, operation } = terms;
  if (flags['json'] === true) context.stdout.write(`${JSON.stringify(toItemJson(item.id, operation, report))}\n`);
  else if (report.result !== null && output === null) context.stdout.write(`${report.result.file}\n`);
}

/** Names further files that could not be stored, and how to fetch them. */
function reportMissing(
  id: string,
  { missing = [], jobId }: ItemReport,
  operation: OperationName,
  context: CliContext,
): void {
  for (const { role, problem } of missing) {
    const command = toCommand(`rescue ${jobId} --operation ${operation} --id ${id}`, context);
    context.stderr.write(`${id}: the file "${role}" could not be stored: ${problem}; to fetch it: ${command}\n`);
  }
}

/** Copies the result, or prints why there is none. Returns the exit code. */
async function findEnd(
  { item, output }: Started,
  report: ItemReport,
  { flags, store, operation }: FollowTerms,
  context: CliContext,
): Promise<ExitCode> {
  if (report.outcome !== 'succeeded' || report.result === null) {
    return reportEnd(item.id, report, flags['json'] === true, context);
  }
  reportMissing(item.id, report, operation, context);
  if (output === null || store === null) return EXIT.done;
  try {
    await copyResult(item.id, report.result, output, { store, overwrite: flags['overwrite'] === true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    context.stderr.write(`the result is stored as ${report.result.file}, but could not be copied: ${reason}\n`);
    return EXIT.internalError;
  }
  if (flags['json'] !== true) context.stdout.write(`${output}\n`);
  return EXIT.done;
}
