import type { Command } from 'commander';
import type { PictureInputs } from '../../input/pictures/picture-inputs';
import { resolveOptions } from '../../input/pictures/resolve-options';
import { LOCAL_INPUTS } from '../../input/requests/input-reference';
import { type ItemOptions, startProblems } from '../../input/requests/item-options';
import { findSeriesProblems, MAX_SERIES_LENGTH, planSeries } from '../../input/requests/item-series';
import { DEFAULT_OPERATION, getOperationRow } from '../../workflows/domain/operations/operations';
import type { AddCommand } from '../command';
import type { CliContext } from '../context';
import type { ExitCode } from '../exit-codes';
import { newInputs } from '../inputs';
import { toPictureTools } from '../picture-tools';
import { sortWords, UsageError } from '../usage-error';
import { countFrom } from './count-flag';
import { addTermFlags, type ItemFlags, readTerms } from './item-flags';
import { addRequestFlags, type RequestSyntax, toDashes, toRequest } from './request-flags';
import { outputsFor, runSeries, type Wanted } from './run-series';

const ID_HELP =
  'your name for the item: the same id finds the same item (default: a hash of the request, so the same command finds ' +
  'the same item; use --count, --seed or another --id for another one)';
const COUNT_HELP =
  `number of results of the request, 1 to ${MAX_SERIES_LENGTH}: further ids end in -2, -3 and so on, and --seed increases ` +
  'by 1 for each (default: 1)';

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
  command.option('--count <number>', COUNT_HELP);
  addTermFlags(command, { id: ID_HELP, jobTimeout: `${getOperationRow(syntax.operation).jobTimeBudgetMs / 60_000}m` });
}

/** Starts the items, waits for them and reports their ends. */
export async function runItems(
  command: Command,
  syntax: RequestSyntax,
  flags: ItemFlags,
  context: CliContext,
): Promise<ExitCode> {
  const inputs = newInputs(context, {
    folder: context.cwd,
    tools: toPictureTools({ convert: flags['convert'] === true }),
  });
  const wanted = await wantedItems(command, { syntax, flags, inputs }, context);
  return runSeries(wanted, { flags, inputs }, context);
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

/** Parses the options of the first item. Adds problems to `problems`. */
function startOptions(
  syntax: RequestSyntax,
  words: readonly string[],
  flags: ItemFlags,
  problems: string[],
): ItemOptions {
  const terms = readTerms(flags, problems);
  const options = { operation: syntax.operation, request: toRequest(syntax, words[0] ?? '', flags), ...terms };
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
