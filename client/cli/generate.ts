import type { Command } from 'commander';
import type { ItemReport } from '../../workflows/domain/item';
import { DEFAULT_OPERATION } from '../../workflows/domain/operations';
import { ImagePipelineError } from '../errors';
import type { ImageHandle } from '../image-handle';
import { imageJson } from '../image-json';
import { ImagePipelineClient, type StartImageOptions, startProblems } from '../image-pipeline-client';
import type { AddCommand } from './command';
import type { CliContext } from './context';
import { durationFlag } from './duration';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes';
import { aborted, catchInterrupts } from './interrupts';
import { LiveLines } from './live-lines';
import { addRequestFlags, dashed, requestFromFlags } from './request-flags';
import { sortWords, UsageError } from './usage-error';
import { reportOf, watchImage } from './watch-image';

type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** Adds `imagepipeline generate`. */
export const addGenerateCommand: AddCommand = (program, context, done) => {
  const command = program
    .command('generate')
    .description('make one image and wait until it is stored')
    .argument('<prompt>', 'what the image shows');
  addRequestFlags(command, DEFAULT_OPERATION);
  // Commander would stop at the first word that it does not know; all problems are reported at once instead.
  command.allowUnknownOption().allowExcessArguments();
  command
    .option(
      '--id <id>',
      'your name for it: the same id finds the same image (default: a hash of the request, so the same request is found too; --seed makes another)',
    )
    .option('--deadline <time>', 'give up after this time, for instance 10m (default: 24h)')
    .option('--job-timeout <time>', 'a job counts as overdue after this time (default: 15m)')
    .option('--again', 'run an id again that did not succeed; a job that may be charged is fetched first')
    .option('--allow-unknown', 'with --again: submit also what may have been paid, which may be a second payment')
    .option('--wait-for-account', 'while the account is held: wait, instead of failing with the code of the hold')
    .option('--json', 'print one object on stdout and nothing else')
    .action(async (_prompt: string, flags: Flags) => done(await generate(command, flags, context)));
};

async function generate(command: Command, flags: Flags, context: CliContext): Promise<ExitCode> {
  const options = startOptions(command, flags);
  const client = await ImagePipelineClient.connect({ env: context.env });
  // From here on Ctrl-C must not come between the start and the words that say how to find it.
  const interrupts = catchInterrupts();
  try {
    const image = await client.startImage(options);
    const found = `found ${image.id}, made from the same request before; --seed or another --id makes another image`;
    context.stderr.write(`${image.alreadyStarted ? found : `started ${image.id}`}\n`);
    return await follow(image, flags['json'] === true, context, interrupts.signal);
  } finally {
    interrupts.release();
    await client.close();
  }
}

/** @throws UsageError with every problem, before anything is started */
function startOptions(command: Command, flags: Flags): StartImageOptions {
  const { words, problems } = sortWords(command, ['prompt']);
  const deadlineMs = durationFlag('--deadline', flags['deadline'], problems);
  const jobTimeBudgetMs = durationFlag('--job-timeout', flags['jobTimeout'], problems);
  const options: StartImageOptions = {
    request: requestFromFlags(DEFAULT_OPERATION, words[0] ?? '', flags),
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
  if (problems.length > 0) throw new UsageError(problems);
  return options;
}

function flagName(field: string): string {
  return field === 'prompt' ? 'prompt' : `--${dashed(field)}`;
}

/** Shows the image until it has ended or Ctrl-C detaches from it. */
async function follow(image: ImageHandle, json: boolean, context: CliContext, asked: AbortSignal): Promise<ExitCode> {
  const ended = new AbortController();
  const lines = new LiveLines(context.stderr);
  const report = reportOf(image, asked);
  const watching = watchImage(image, (words) => lines.show([words]), ended.signal);
  try {
    const first = await Promise.race([report, aborted(asked)]);
    ended.abort();
    await watching;
    lines.clear();
    return first === undefined ? detached(image, context) : print(image.id, first, json, context);
  } finally {
    ended.abort();
    // After Ctrl-C nobody waits for it any more, and closing the connection makes it fail.
    report.catch(() => undefined);
  }
}

function detached({ id }: ImageHandle, { stderr }: CliContext): ExitCode {
  stderr.write(
    `interrupted; the work goes on. To see how it ends, run the same command with --id ${id},\n` +
      `or look for the workflow "${id}" in Temporal UI.\n`,
  );
  return EXIT.interrupted;
}

function print(id: string, report: ItemReport, json: boolean, { stdout, stderr }: CliContext): ExitCode {
  if (json) stdout.write(`${JSON.stringify(imageJson(id, report))}\n`);
  else if (report.result !== null) stdout.write(`${report.result.file}\n`);
  if (report.outcome === 'succeeded') return EXIT.done;
  const error = new ImagePipelineError(id, report);
  if (!json) stderr.write(`${error.outcome}: ${error.message}\n${error.remedy}\n`);
  return exitCodeOf(error);
}
