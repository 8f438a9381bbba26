/** Opens the rows that a command names: a file, a folder, or the items of a recipe. */
import type { RowSource } from '../../client/batches/plan-batch';
import { InputFileError } from '../../input/input-file-error';
import { type OpenedRows, openRows } from '../../input/open-rows';
import { type OpenRecipeOptions, openRecipe } from '../../input/recipes/open-recipe';
import type { CliContext } from '../context';
import { toPictureTools } from '../picture-tools';
import { type InputFlags, readColumnMap, readOpenOptions, toPlanWords, toRowChecks } from './input-flags';
import { readVariables } from './set-flag';

export interface OpenedSource extends OpenedRows {
  /** Counts the combinations of the recipe; absent without one. */
  readonly countCombinations?: () => number;
  readonly onlyStep?: RowSource['onlyStep'];
}

type Folder = Pick<CliContext, 'cwd'>;

/** Opens the rows, which are read on demand. Adds problems to `problems`, and may then return `null`. */
export async function openSource(
  file: string | undefined,
  flags: InputFlags,
  context: Folder,
  stdin: AsyncIterable<Uint8Array>,
  problems: string[],
): Promise<OpenedSource | null> {
  try {
    if (flags.recipe !== undefined)
      return await openRecipe(flags.recipe, file ?? null, readRecipeOptions(file, flags, context, stdin, problems));
    if (file !== undefined) return openRows(file, readOpenOptions(flags, context, stdin, problems));
    problems.push('a file of rows is missing; must be given, or --recipe');
    return null;
  } catch (error) {
    if (!(error instanceof InputFileError)) throw error;
    problems.push(error.message);
    return null;
  }
}

/** As `openSource`, with the options of the plan. */
export async function sourceFrom(
  file: string | undefined,
  flags: InputFlags,
  problems: string[],
  context: CliContext,
): Promise<RowSource | null> {
  const source = await openSource(file, flags, context, process.stdin, problems);
  if (source === null) return null;
  const { name, rows, onlyStep, ...opened } = source;
  return {
    name,
    rows,
    onlyStep,
    plan: { ...toRowChecks(flags), ...toPlanWords(opened, context, toPictureTools(flags)) },
  };
}

/** What the recipe decides itself, and what is for pictures of a folder. */
const DECIDED_BY_RECIPE = {
  operation: '--operation cannot be given with --recipe: the recipe names the operation',
  carry: '--carry cannot be given with --recipe: every column is returned with the results',
  strictColumns: '--strict-columns cannot be given with --recipe: every column is a variable',
  recursive: '--recursive cannot be given with --recipe: it is for a folder',
  match: '--match cannot be given with --recipe: it is for a folder',
} as const satisfies Partial<Record<keyof InputFlags, string>>;

const OF_ROWS = {
  format: '--format',
  delimiter: '--delimiter',
  map: '--map',
} as const satisfies Partial<Record<keyof InputFlags, string>>;

function readRecipeOptions(
  file: string | undefined,
  flags: InputFlags,
  { cwd }: Folder,
  stdin: AsyncIterable<Uint8Array>,
  problems: string[],
): OpenRecipeOptions {
  for (const [flag, problem] of Object.entries(DECIDED_BY_RECIPE))
    if (flags[flag as keyof InputFlags] !== undefined) problems.push(problem);
  for (const [flag, name] of Object.entries(OF_ROWS))
    if (file === undefined && flags[flag as keyof InputFlags] !== undefined)
      problems.push(`${name} is for a file of rows`);
  const map = readColumnMap(flags.map ?? [], problems);
  for (const field of map.keys())
    if (field !== 'key') problems.push(`--map is for key with --recipe: use {{${map.get(field)}}} in the recipe`);
  const { format, delimiter } = flags;
  return { cwd, format, delimiter, stdin, columns: { map }, values: readVariables(flags.set ?? [], problems) };
}
