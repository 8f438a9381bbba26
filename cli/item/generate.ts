import path from 'node:path';
import type { Command } from 'commander';
import { ImagePipelineClient, type StartImageOptions, startProblems } from '../../client/client';
import { IdTakenError } from '../../client/errors';
import type { ItemHandle } from '../../client/items/item-handle';
import { toItemJson } from '../../client/items/item-json';
import { type OpenStore, openStore } from '../../client/open-store';
import type { ItemReport } from '../../workflows/domain/item/item';
import { DEFAULT_OPERATION } from '../../workflows/domain/operations/operations';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import { durationFlag } from '../duration';
import { EXIT, type ExitCode, toSeriesExit } from '../exit-codes';
import { reportError } from '../report-error';
import { catchInterrupts } from '../terminal/interrupts';
import { sortWords, UsageError } from '../usage-error';
import { tellOfEnd } from './end-text';
import { detachedFrom, followItem } from './follow-item';
import { countFrom, imageSeries, MAX_COUNT, toId } from './item-series';
import { copyResult, outputFiles, outputProblem } from './output-file';
import { refuseTakenIds } from './refuse-taken-ids';
import { addRequestFlags, toDashes, toRequest } from './request-flags';

type GenerateFlags = Readonly<Record<string, string | boolean | undefined>>;

const ID_HELP =
  'your name for it: the same id finds the same image (default: a hash of the request, so the same command finds the ' +
  'same image; --count, --seed or another --id makes another one)';
const COUNT_HELP =
  `make this many images of the prompt, at most ${MAX_COUNT}: their ids end in -2, -3 and so on, and a --seed is raised ` +
  'by 1 each time (default: 1)';
const OUTPUT_HELP =
  'copy the result to this file; with --count the others are FILE-2, FILE-3 and so on. Nothing is started if it exists';

/** Adds `imagepipeline generate`. */
export const addGenerateCommand: AddCommand = (program, context, done) => {
  const command = program
    .command('generate')
    .description('make one image, or several of one prompt, and wait until they are stored')
    .argument('<prompt>', 'what the image shows');
  addRequestFlags(command, DEFAULT_OPERATION);
  // Commander would stop at the first word that it does not know; all problems are reported at once instead.
  command.allowUnknownOption().allowExcessArguments();
  command
    .option('--id <id>', ID_HELP)
    .option('--count <number>', COUNT_HELP)
    .option('--output <file>', OUTPUT_HELP)
    .option('--overwrite', 'with --output: replace a file that exists')
    .option('--deadline <time>', 'give up after this time, for instance 10m (default: 24h)')
    .option('--job-timeout <time>', 'a job counts as overdue after this time (default: 15m)')
    .option('--again', 'run an id again that did not succeed; a job that may be charged is fetched first')
    .option('--allow-unknown', 'with --again: submit also what may have been paid, which may be a second payment')
    .option('--wait-for-account', 'while the account is held: wait, instead of failing with the code of the hold')
    .option('--json', 'print one object a line, one for each image, on stdout and nothing else')
    .action(async (_prompt: string, flags: GenerateFlags) => done(await generate(command, flags, context)));
};

/** One image that is wanted. */
interface Wanted {
  readonly options: StartImageOptions;
  /** Where its result is copied to; `null`: nowhere. */
  readonly output: string | null;
}

async function generate(command: Command, flags: GenerateFlags, context: CliContext): Promise<ExitCode> {
  const wanted = await wantedImages(command, flags, context);
  const needsStore = wanted.length > 1 || wanted.some(({ output }) => output !== null);
  const store = needsStore ? openStore(context.env, context.cwd) : null;
  const client = await ImagePipelineClient.connect({ env: context.env });
  // From here on Ctrl-C must not come between the start and the words that say how to find it.
  const interrupts = catchInterrupts();
  try {
    if (wanted.length > 1 && store !== null) {
      await refuseTakenIds(
        client.temporal,
        store,
        wanted.map(({ options }) => options),
        context,
      );
    }
    const { images, code } = await startAll(client, wanted, context);
    return await followAll(images, { flags, store, interrupted: interrupts.signal, code }, context);
  } finally {
    interrupts.release();
    await client.close();
    await store?.close();
  }
}

/** @throws UsageError with every problem, before anything is started */
async function wantedImages(command: Command, flags: GenerateFlags, { cwd }: CliContext): Promise<readonly Wanted[]> {
  const { words, problems } = sortWords(command, ['prompt']);
  const options = startOptions(words, flags, problems);
  const series = imageSeries(options, countFrom(flags['count'], problems));
  // What is wrong with the first is told already; a longer id or a higher seed may be wrong with the last.
  const last = series.at(-1);
  if (problems.length === 0 && last !== undefined) {
    problems.push(
      ...startProblems(last).map(({ field, problem }) => `--count makes ${flagName(field)} wrong: it ${problem}`),
    );
  }
  const files = await outputsFor(series.length, flags, options, cwd, problems);
  if (problems.length > 0) throw new UsageError(problems);
  return series.map((one, index) => ({ options: one, output: files[index] ?? null }));
}

/** The files of `--output`, as absolute paths; none without it. */
async function outputsFor(
  count: number,
  { output, overwrite }: GenerateFlags,
  { request }: StartImageOptions,
  cwd: string,
  problems: string[],
): Promise<readonly string[]> {
  if (typeof output !== 'string') {
    if (overwrite === true) problems.push('--overwrite has no meaning without --output');
    return [];
  }
  const terms = { cwd, overwrite: overwrite === true, format: request['output_format'] };
  const files = outputFiles(output, count);
  for (const file of files) {
    const problem = await outputProblem(file, terms);
    if (problem !== null) problems.push(`--output ${JSON.stringify(file)} ${problem}`);
  }
  return files.map((file) => path.resolve(cwd, file));
}

/** What is wrong with them goes to `problems`. */
function startOptions(words: readonly string[], flags: GenerateFlags, problems: string[]): StartImageOptions {
  const deadlineMs = durationFlag('--deadline', flags['deadline'], problems);
  const jobTimeBudgetMs = durationFlag('--job-timeout', flags['jobTimeout'], problems);
  const options: StartImageOptions = {
    request: toRequest(DEFAULT_OPERATION, words[0] ?? '', flags),
    ...(typeof flags['id'] === 'string' ? { id: flags['id'] } : {}),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(jobTimeBudgetMs === undefined ? {} : { jobTimeBudgetMs }),
    ...(flags['again'] === true ? { again: true } : {}),
    ...(flags['allowUnknown'] === true ? { allowUnknown: true } : {}),
    ...(flags['waitForAccount'] === true ? { waitWhileHeld: true } : {}),
  };
  if (options.allowUnknown && !options.again) problems.push('--allow-unknown has no meaning without --again');
  // An unknown flag may be the prompt, which is then not missing as well.
  const isUnsure = words.length === 0 && problems.length > 0;
  for (const { field, problem } of startProblems(options)) {
    if (field !== 'prompt' || !isUnsure) problems.push(`${flagName(field)} ${problem}`);
  }
  return options;
}

function flagName(field: string): string {
  return field === 'prompt' ? 'prompt' : `--${toDashes(field)}`;
}

interface Started {
  readonly image: ItemHandle;
  readonly output: string | null;
}

interface Beginning {
  readonly images: readonly Started[];
  /** Of those that could not be started; `done` if all were. */
  readonly code: ExitCode;
}

/**
 * All of them, before any is waited for. Those that are begun are paid for, and are followed also if a later one cannot be.
 *
 * @throws what keeps the first from being started
 */
async function startAll(
  client: ImagePipelineClient,
  wanted: readonly Wanted[],
  context: CliContext,
): Promise<Beginning> {
  const images: Started[] = [];
  for (const { options, output } of wanted) {
    try {
      images.push({ image: await startOne(client, options, context), output });
    } catch (error) {
      if (images.length === 0) throw error;
      const left = wanted.slice(images.length).map((one) => toId(one.options));
      return { images, code: reportUnstarted(error, left, images, context) };
    }
  }
  return { images, code: EXIT.done };
}

async function startOne(
  client: ImagePipelineClient,
  options: StartImageOptions,
  { stderr }: CliContext,
): Promise<ItemHandle> {
  const image = await client.startImage(options);
  const found = `found ${image.id}, made from the same request before; --count, --seed or another --id makes another image`;
  stderr.write(`${image.alreadyStarted ? found : `started ${image.id}`}\n`);
  return image;
}

function reportUnstarted(
  error: unknown,
  left: readonly string[],
  images: readonly Started[],
  context: CliContext,
): ExitCode {
  const begun = images.map(({ image }) => image.id).join(', ');
  context.stderr.write(`could not start ${left.join(', ')}; begun, and waited for: ${begun}\n`);
  if (!(error instanceof IdTakenError)) return reportError(error, context);
  // Its own words say that nothing was started.
  context.stderr.write(`the id "${left[0]}" ${error.use}, begun in this moment\n`);
  return EXIT.badInput;
}

interface FollowTerms {
  /** Of those that could not be started. */
  readonly code: ExitCode;
  readonly flags: GenerateFlags;
  /** `null`: nothing is copied. */
  readonly store: OpenStore | null;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** Tells of each as it ends, in their order: they are made at the same time. */
async function followAll(images: readonly Started[], terms: FollowTerms, context: CliContext): Promise<ExitCode> {
  const codes: ExitCode[] = terms.code === EXIT.done ? [] : [terms.code];
  for (const [index, started] of images.entries()) {
    const place = images.length === 1 ? '' : `${index + 1} of ${images.length} · `;
    const report = await followItem(started.image, place, terms.interrupted, context);
    if (report === undefined)
      return detachedFrom(
        images.slice(index).map(({ image }) => image),
        context,
      );
    print(started.image.id, report, started.output, terms.flags, context);
    codes.push(await findEnd(started, report, terms, context));
  }
  return toSeriesExit(codes);
}

function print(
  id: string,
  report: ItemReport,
  output: string | null,
  { json }: GenerateFlags,
  context: CliContext,
): void {
  if (json === true) context.stdout.write(`${JSON.stringify(toItemJson(id, report))}\n`);
  else if (report.result !== null && output === null) context.stdout.write(`${report.result.file}\n`);
}

/** Copies a result, or says why there is none. */
async function findEnd(
  { image, output }: Started,
  report: ItemReport,
  { flags, store }: FollowTerms,
  context: CliContext,
): Promise<ExitCode> {
  if (report.outcome !== 'succeeded' || report.result === null) {
    return tellOfEnd(image.id, report, flags['json'] === true, context);
  }
  if (output === null || store === null) return EXIT.done;
  try {
    await copyResult(image.id, report.result, output, { store, overwrite: flags['overwrite'] === true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    context.stderr.write(`the image is stored as ${report.result.file}, and could not be copied: ${reason}\n`);
    return EXIT.internalError;
  }
  if (flags['json'] !== true) context.stdout.write(`${output}\n`);
  return EXIT.done;
}
