/** `imagepipeline run --recipe`: a single item of a recipe. */
import path from 'node:path';
import type { Command } from 'commander';
import { readRecipe } from '../../input/recipes/load-recipe';
import { findItemWork } from '../../input/recipes/single-item';
import { findTermProblems } from '../../input/requests/item-options';
import { adviseOperation } from '../../input/requests/operation-advice';
import type { FieldProblem } from '../../input/requests/request-schema';
import { isOperationName } from '../../workflows/domain/operations/operations';
import { readVariables } from '../batch/set-flag';
import type { CliContext } from '../context';
import type { ExitCode } from '../exit-codes';
import { newInputs } from '../inputs';
import { toCommand } from '../invocation';
import { toPictureTools } from '../picture-tools';
import { collectValues } from '../repeatable';
import { sortWords, UsageError } from '../usage-error';
import { addTermFlags, type ItemFlags, readTerms } from './item-flags';
import { toDashes } from './request-flags';
import { outputsFor, runSeries } from './run-series';

const ID_HELP =
  'your name for the item, and the value of {{key}}: the same id finds the same item (default: a hash of the recipe with ' +
  'its variables replaced)';

/** Flags of `run --recipe`; `set` is a list, and the others are those of an item. */
export type RecipeFlags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export function addRecipeFlags(command: Command): void {
  // Commander stops at the first unknown argument; this command reports all problems at once.
  command.allowUnknownOption().allowExcessArguments();
  command
    .option('--recipe <file>', 'instead of an operation: the steps of a recipe, in YAML or JSON')
    .option('--set <variable=value>', 'with --recipe: value of a variable; repeatable', collectValues, []);
  addTermFlags(command, { id: ID_HELP, jobTimeout: 'by operation, 15m for pictures' });
}

/** @throws UsageError with every problem, before anything is started; InputFileError if the recipe cannot be read */
export async function runRecipe(command: Command, given: RecipeFlags, context: CliContext): Promise<ExitCode> {
  const { words, problems } = sortWords(command, []);
  const { recipe: file, set = [], ...others } = given;
  const flags = others as ItemFlags;
  if (typeof file !== 'string') throw new UsageError([...problems, describeMissing(words[0])]);
  const { cwd } = context;
  const terms = readTerms(flags, problems);
  const variables = readVariables(set as readonly string[], problems);
  problems.push(...findTermProblems(terms, toFlag).map(toText));
  const recipe = await readRecipe(file, cwd);
  const tools = toPictureTools({ convert: flags['convert'] === true });
  const inputs = newInputs(context, { folder: path.dirname(path.resolve(cwd, file)), tools });
  const batch = toCommand(`batch --recipe ${file} --id ID`, context);
  const batchAdvice = `choose one by --set, or start a batch: ${batch}`;
  const search = { id: terms.id, cwd, values: variables, inputs, batchAdvice, idName: '--id' };
  const found = await findItemWork(recipe, search);
  problems.push(...found.problems.map(({ field, problem }) => `${field} ${problem}`));
  if (found.work === null) throw new UsageError(problems);
  const options = { ...terms, ...found.work };
  const [output = null] = await outputsFor(1, given as ItemFlags, options, context, problems);
  if (problems.length > 0) throw new UsageError(problems);
  return runSeries([{ options, output }], { flags, inputs }, context);
}

function describeMissing(word: string | undefined): string {
  if (word === undefined || isOperationName(word)) return 'an operation is missing, or --recipe and a file';
  return `${JSON.stringify(word)} is not an operation; ${adviseOperation(word)}`;
}

function toFlag(option: string): string {
  return `--${toDashes(option)}`;
}

function toText({ field, problem }: FieldProblem): string {
  return `${toFlag(field)} ${problem}`;
}
