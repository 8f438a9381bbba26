/** Loads a recipe: reads its files and checks everything in them, before a row is read. */
import path from 'node:path';
import { formatCount } from '../../workflows/domain/base/format-count';
import { InputFileError } from '../input-file-error';
import type { FieldProblem } from '../requests/request-schema';
import { findValueProblems, withValues } from './apply-values';
import { checkForm } from './check-form';
import { checkMatrix } from './check-matrix';
import { checkSteps } from './check-steps';
import { countProduct, listCombinations, listOf, type Matrix, rangeOf, type ValueList } from './matrix';
import { type DocumentProblem, formatPath, type ParsedDocument, parseText } from './parse-document';
import { readRecipeText, readValueFile } from './read-text';
import { listMatrixVariables, listOwnVariables, listUses, type Recipe } from './recipe';
import type { RecipeForm } from './recipe-schema';
import { describeMissing } from './variables';

/** Largest number of combinations, before some are excluded. */
const MAX_COMBINATIONS = 10_000_000;

interface LoadOptions {
  readonly cwd: string;
  /** Values of variables. */
  readonly values?: ReadonlyMap<string, unknown>;
  /** Whether there are rows, whose columns are variables too. */
  readonly hasRows: boolean;
  /** Whether the variable `key` has a value without rows. Default false. */
  readonly knowsKey?: boolean;
}

/** Largest number of problems that are named. */
const MAX_NAMED = 50;

type Found = Omit<DocumentProblem, 'line'>;

/** A recipe as it was given. */
export interface GivenRecipe {
  readonly document: ParsedDocument;
  /** The folder that relative paths in it start from. */
  readonly folder: string;
  /** Whether it may name files of values. */
  readonly mayNameFiles: boolean;
  /** How messages name the values of variables that were set. */
  readonly valuesName: string;
  /** Describes a problem with its place. */
  readonly locate: (problem: Found) => FieldProblem;
}

/** @throws InputFileError with every problem of the recipe, each with its line and path */
export async function loadRecipe(file: string, options: LoadOptions): Promise<Recipe> {
  return checkRecipe(await readRecipe(file, options.cwd), options);
}

/** @throws InputFileError if it cannot be read, or is neither YAML nor JSON */
export async function readRecipe(file: string, cwd: string): Promise<GivenRecipe> {
  const document = parseText(await readRecipeText(file, cwd));
  refuse(document.problems.map((problem) => toFieldProblem(file, problem)));
  const locate = (problem: Found) => toFieldProblem(file, { ...problem, line: document.findLine(problem.path) });
  const folder = path.dirname(path.resolve(cwd, file));
  return { document, folder, mayNameFiles: true, valuesName: '--set', locate };
}

/** A recipe that a program has given as a value. Relative paths in it start from the working folder. */
export function toGivenRecipe(
  value: unknown,
  cwd: string,
  { mayNameFiles, valuesName = 'values' }: Pick<GivenRecipe, 'mayNameFiles'> & { readonly valuesName?: string },
): GivenRecipe {
  const locate = ({ path: place, problem }: Found) => ({ field: formatPath(['recipe', ...place]), problem });
  const document = { value, problems: [], findLine: () => null };
  return { document, folder: cwd, mayNameFiles, valuesName, locate };
}

/** A recipe that a request has given as a text, which may name no files. @throws InputFileError */
export function parseGivenRecipe(text: string, valuesName: string): GivenRecipe {
  const document = parseText(text);
  refuse(document.problems.map((problem) => toFieldProblem('recipe', problem)));
  const locate = (problem: Found) => toFieldProblem('recipe', { ...problem, line: document.findLine(problem.path) });
  return { document, folder: '.', mayNameFiles: false, valuesName, locate };
}

/** @throws InputFileError with every problem of the recipe */
export async function checkRecipe(
  given: GivenRecipe,
  { cwd, values = new Map(), hasRows, knowsKey = false }: LoadOptions,
): Promise<Recipe> {
  const { document, locate } = given;
  const { form, problems: wrong } = checkForm(document.value);
  refuse(wrong.map(locate));
  const problems: Found[] = [];
  const { recipe, unset } = await checkContent(form ?? { steps: [] }, given, { cwd, values }, problems);
  if (problems.length === 0 && !hasRows) problems.push(...findMissing(recipe, knowsKey));
  refuse([...problems.map(locate), ...unset]);
  return recipe;
}

function refuse(problems: readonly FieldProblem[]): void {
  const more = problems.length - MAX_NAMED;
  const rest = more > 0 ? [{ field: 'the recipe', problem: `has ${formatCount(more, 'more problem')}` }] : [];
  if (problems.length > 0) throw new InputFileError([...problems.slice(0, MAX_NAMED), ...rest]);
}

async function checkContent(
  form: RecipeForm,
  { folder, mayNameFiles, valuesName }: GivenRecipe,
  { cwd, values }: Pick<Recipe, 'cwd' | 'values'>,
  problems: Found[],
): Promise<{ readonly recipe: Recipe; readonly unset: readonly FieldProblem[] }> {
  const steps = checkSteps(form, problems);
  const lists = await loadLists(form, mayNameFiles ? folder : null, problems);
  const given: Matrix = { lists, ...checkMatrix(form, lists, problems) };
  const matrix = withValues(given, values);
  const inMatrix = listMatrixVariables(given);
  const used = new Set([...inMatrix, ...listUses(steps).map(({ variable }) => variable)]);
  if (countProduct(matrix) > MAX_COMBINATIONS)
    problems.push({ path: ['matrix'], problem: `has more than ${MAX_COMBINATIONS} combinations; must have fewer` });
  else if (problems.length === 0 && listCombinations(matrix).next().done === true)
    problems.push({ path: ['matrix'], problem: 'excludes every combination' });
  const recipe = { folder, cwd, values, ...steps, matrix, inMatrix };
  return { recipe, unset: findValueProblems(values, { used, inMatrix, field: valuesName }) };
}

async function loadLists(
  { matrix = {} }: RecipeForm,
  folder: string | null,
  problems: Found[],
): Promise<Matrix['lists']> {
  const { include: _include, exclude: _exclude, ...variables } = matrix;
  const lists = new Map<string, ValueList>();
  for (const [name, values] of Object.entries(variables)) {
    const list = await loadList(values, folder, (problem) => problems.push({ path: ['matrix', name], problem }));
    if (list !== null) lists.set(name, list);
  }
  return lists;
}

type GivenValues = Exclude<NonNullable<RecipeForm['matrix']>[string], undefined>;

async function loadList(
  values: GivenValues,
  folder: string | null,
  add: (problem: string) => void,
): Promise<ValueList | null> {
  if (Array.isArray(values)) return listOf(values as readonly string[]);
  if ('file' in values) return loadFile(values.file, folder, add);
  if (values.from <= values.to) return rangeOf(values.from, values.to);
  add(`is from ${values.from} to ${values.to}; "from" must not be larger than "to"`);
  return null;
}

/** @param folder `null`: files may not be named */
async function loadFile(
  file: string,
  folder: string | null,
  add: (problem: string) => void,
): Promise<ValueList | null> {
  if (folder === null) {
    add('names a file, which is not possible here; must be a list of values');
    return null;
  }
  try {
    return await readValueFile(file, folder);
  } catch (error) {
    if (!(error instanceof InputFileError)) throw error;
    add(`names a file that cannot be used: ${error.message}`);
    return null;
  }
}

/** Without rows it is known at once which variables are missing. */
function findMissing(recipe: Recipe, knowsKey: boolean): readonly Found[] {
  const own = new Set([...listOwnVariables(recipe), ...(knowsKey ? ['key'] : [])]);
  return listUses(recipe)
    .filter(({ variable }) => !own.has(variable))
    .map(({ path: place, variable }) => ({ path: place, problem: describeMissing(variable, own, false) }));
}

function toFieldProblem(file: string, { line, path: place, problem }: DocumentProblem): FieldProblem {
  const where = line === null ? file : `${file}, line ${line}`;
  return { field: place.length === 0 ? where : `${where}: ${formatPath(place)}`, problem };
}
