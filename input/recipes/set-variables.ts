/** Applies values of the caller to a recipe. Pure. */
import { adviseName } from '../requests/closest-match';
import type { FieldProblem } from '../requests/request-schema';
import { type Combination, listOf, type Matrix, type Scalar, type ValueList } from './matrix';

/** Replaces each list, and each combination of `include`, that the caller has chosen a value for. */
export function withValuesSet(matrix: Matrix, set: ReadonlyMap<string, string>): Matrix {
  const chosen = new Map<string, Scalar>();
  const lists = new Map<string, ValueList>();
  for (const [name, list] of matrix.lists) {
    const text = set.get(name);
    if (text === undefined) lists.set(name, list);
    else {
      const value = withTypeOf(list.at(0), text);
      chosen.set(name, value);
      lists.set(name, listOf([value]));
    }
  }
  const isChosen = (values: Combination) => [...chosen].every(([name, value]) => (values.get(name) ?? value) === value);
  return { ...matrix, lists, include: matrix.include.filter(isChosen) };
}

/** A text from the command line as a value of the list that it replaces. */
function withTypeOf(example: Scalar, text: string): Scalar {
  if (typeof example === 'number' && text.trim() !== '' && String(Number(text)) === text.trim()) return Number(text);
  return typeof example === 'boolean' && /^(true|false)$/.test(text) ? text === 'true' : text;
}

/** Values that no template and no list would use are typos. */
export function findSetProblems(set: ReadonlyMap<string, string>, used: ReadonlySet<string>): readonly FieldProblem[] {
  return [...set.keys()].flatMap((name): FieldProblem[] => {
    if (name === 'key') return [{ field: '--set', problem: 'has key; each item must have a key of its own' }];
    if (used.has(name)) return [];
    const advice = used.size === 0 ? 'the recipe has no variables' : adviseName(name, [...used]);
    return [{ field: '--set', problem: `has ${JSON.stringify(name)}, which the recipe does not use; ${advice}` }];
  });
}
