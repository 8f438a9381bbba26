/** Checks the matrix of a recipe of a valid form. Pure. */
import { getOwn } from '../../workflows/domain/base/own-value';
import { adviseName } from '../requests/closest-match';
import type { Combination, Matrix, Scalar, ValueList } from './matrix';
import type { DocumentProblem, Path } from './parse-document';
import type { RecipeForm } from './recipe-schema';

type Found = Omit<DocumentProblem, 'line'>;
type Add = (path: Path, problem: string) => void;

/** Names that mean something else in templates. */
const RESERVED: readonly string[] = ['key'];
/** Names that begin like this are files of steps. */
const RESERVED_BEGINNING = 'steps.';

/** @param lists the values by variable, before the caller's values replace them */
export function checkMatrix(form: RecipeForm, lists: Matrix['lists'], problems: Found[]): Omit<Matrix, 'lists'> {
  const add: Add = (path, problem) => problems.push({ path: ['matrix', ...path], problem });
  const { include = [], exclude = [], ...variables } = form.matrix ?? {};
  for (const [name, values] of Object.entries(variables)) {
    checkVariableName(name, [name], add);
    if (Array.isArray(values)) checkRepeats(name, values, add);
  }
  for (const [index, values] of include.entries())
    for (const name of Object.keys(values)) checkVariableName(name, ['include', index, name], add);
  for (const [index, values] of exclude.entries()) checkExclude(index, values, lists, add);
  return { include: include.map(toCombination), exclude: exclude.map(toCombination) };
}

function toCombination(values: Readonly<Record<string, Scalar>>): Combination {
  return new Map(Object.entries(values));
}

function checkVariableName(name: string, path: Path, add: Add): void {
  if (RESERVED.includes(name)) add(path, 'is the name of a column; must have another name');
  else if (name.startsWith(RESERVED_BEGINNING)) add(path, 'is the file of a step in templates; must have another name');
  else if (name.trim() === '' || name !== name.trim() || /[{}]/.test(name))
    add(path, 'must be a name without braces, and without spaces around it');
}

function checkRepeats(name: string, values: readonly Scalar[], add: Add): void {
  const firsts = new Map<Scalar, number>();
  for (const [index, value] of values.entries()) {
    const first = firsts.get(value);
    if (first === undefined) firsts.set(value, index);
    else add([name, index], `is the same value as matrix.${name}[${first}]; keep one`);
  }
}

/** An entry that matches nothing is a typo: its combinations would be paid for. */
function checkExclude(
  index: number,
  values: Readonly<Record<string, Scalar>>,
  lists: ReadonlyMap<string, ValueList>,
  add: Add,
): void {
  const names = Object.keys(values);
  if (names.length === 0) add(['exclude', index], 'is empty; must have the values of a combination');
  for (const name of names) {
    const list = lists.get(name);
    const value = getOwn(values, name) ?? '';
    if (list === undefined) add(['exclude', index, name], `is not a variable of the matrix; ${advise(name, lists)}`);
    else if (!list.has(value))
      add(['exclude', index, name], `is ${JSON.stringify(value)}; must be a value of matrix.${name}`);
  }
}

function advise(name: string, lists: ReadonlyMap<string, ValueList>): string {
  return lists.size === 0 ? 'the matrix has no lists' : adviseName(name, [...lists.keys()]);
}
