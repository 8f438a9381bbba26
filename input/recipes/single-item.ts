/** The one item of a recipe: what a single item does, with its variables replaced and its files resolved. */
import { formatCount } from '../../workflows/domain/base/format-count';
import type { PlainRow } from '../../workflows/domain/item/item';
import { checkRows } from '../check-rows';
import { InputFileError } from '../input-file-error';
import type { InputRow } from '../input-row';
import { isPictureBytes } from '../pictures/picture-bytes';
import type { PictureInputs } from '../pictures/picture-inputs';
import type { FieldProblem } from '../requests/request-schema';
import { expandFirst } from './expand-rows';
import { checkRecipe, type GivenRecipe } from './load-recipe';
import { countCombinations } from './matrix';
import type { Path } from './parse-document';
import { listUses, type Recipe } from './recipe';
import { toFieldPath } from './recipe-step';

/** What an item does: one request, or several steps. */
export interface ItemWork extends Omit<PlainRow, 'key'> {
  /** The values of the variables. Absent: none. */
  readonly values?: Readonly<Record<string, unknown>>;
}

interface SingleItemTerms {
  /** The value of `{{key}}`; `undefined` if the item has none. */
  readonly id: string | undefined;
  readonly cwd: string;
  readonly values: ReadonlyMap<string, unknown>;
  readonly inputs: PictureInputs;
  /** What to do instead if there are several items, as a clause. */
  readonly batchAdvice: string;
  /** How messages name the id. */
  readonly idName: string;
}

/** The work, or every problem. */
type FoundWork =
  | { readonly work: ItemWork; readonly problems: readonly [] }
  | { readonly work: null; readonly problems: readonly FieldProblem[] };

/** Stands for the id where it is not known yet: the default one is a hash of the work. */
const NO_ID = 'item';

/** Checks a recipe, and resolves the files of its item. */
export async function findItemWork(given: GivenRecipe, terms: SingleItemTerms): Promise<FoundWork> {
  const { cwd, values } = terms;
  try {
    const recipe = await checkRecipe(given, { cwd, values, hasRows: false, knowsKey: true });
    const problems = [...findNoItemProblems(recipe, given, terms)];
    if (problems.length > 0) return { work: null, problems };
    return await checkItem(recipe, given, terms);
  } catch (error) {
    if (!(error instanceof InputFileError)) throw error;
    return { work: null, problems: error.problems };
  }
}

function* findNoItemProblems(
  recipe: Recipe,
  { locate }: GivenRecipe,
  { id, batchAdvice, idName }: SingleItemTerms,
): Generator<FieldProblem> {
  const count = countCombinations(recipe.matrix);
  if (count > 1) {
    const problem = `makes ${formatCount(count, 'combination')}, but a single item has one: ${batchAdvice}`;
    yield locate({ path: ['matrix'], problem });
  }
  if (id !== undefined) return;
  for (const { path, variable } of listUses({ ...recipe, name: null }))
    if (variable === 'key') yield locate({ path, problem: `uses {{key}}, which is the id of the item; add ${idName}` });
}

async function checkItem(
  recipe: Recipe,
  given: GivenRecipe,
  { id = NO_ID, inputs }: SingleItemTerms,
): Promise<FoundWork> {
  const row = toOwnRow(expandFirst(recipe, id));
  const toProblem = (problem: FieldProblem) => toRecipeProblem(problem, recipe, given);
  for await (const checked of checkRows(yieldOne(row), { inputs })) {
    if (!checked.ok) return { work: null, problems: checked.problems.map(toProblem) };
    const { key: _key, line: _line, ...work } = checked.row;
    for (const { operation, request } of work.steps ?? [work]) inputs.use(operation, request);
    return { work, problems: [] };
  }
  throw new Error('the recipe makes no item');
}

/** The name of a single item is its id, which is checked elsewhere. */
function toOwnRow(row: InputRow | null): InputRow {
  if (row === null) throw new Error('the recipe makes no item');
  const { carried = {}, problems } = row;
  const values = Object.entries(carried).filter(([, value]) => !isPictureBytes(value));
  return {
    ...row,
    values: { ...row.values, key: NO_ID },
    carried: Object.fromEntries(values),
    problems: problems.filter(({ field }) => field !== 'name'),
  };
}

async function* yieldOne(row: InputRow): AsyncGenerator<InputRow> {
  yield row;
}

/** Names the place in the recipe. */
function toRecipeProblem({ field, problem }: FieldProblem, { steps }: Recipe, { locate }: GivenRecipe): FieldProblem {
  const path = findPath(field, steps);
  return path === null ? { field, problem } : locate({ path, problem });
}

/** Fields are named by their path, alone, or with the id of their step. */
function findPath(field: string, steps: Recipe['steps']): Path | null {
  const [, index, name] = /^steps\[(\d+)\]\.fields\.(.+)$/.exec(field) ?? [];
  if (name !== undefined) return toFieldPath(Number(index), name);
  const at = steps.findIndex(({ id }) => id === null || field.startsWith(`${id}.`));
  const step = steps[at];
  return step === undefined ? null : toFieldPath(at, step.id === null ? field : field.slice(step.id.length + 1));
}
