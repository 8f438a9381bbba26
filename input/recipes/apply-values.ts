/** Applies values of the caller to a recipe. Pure. */
import { adviseName } from '../requests/closest-match';
import type { FieldProblem } from '../requests/request-schema';
import { type Combination, listOf, type Matrix, type Scalar, type ValueList } from './matrix';

/** Replaces each list, and each combination of `include`, that the caller has chosen a value for. */
export function withValues(matrix: Matrix, values: ReadonlyMap<string, unknown>): Matrix {
  const chosen = new Map<string, Scalar>();
  const lists = new Map<string, ValueList>();
  for (const [name, list] of matrix.lists) {
    const given = values.get(name);
    if (!isScalar(given)) lists.set(name, list);
    else {
      const value = typeof given === 'string' ? withTypeOf(list.at(0), given) : given;
      chosen.set(name, value);
      lists.set(name, listOf([value]));
    }
  }
  const isChosen = (combination: Combination) =>
    [...chosen].every(([name, value]) => (combination.get(name) ?? value) === value);
  return { ...matrix, lists, include: matrix.include.filter(isChosen) };
}

/** A text from the command line as a value of the list that it replaces. */
function withTypeOf(example: Scalar, text: string): Scalar {
  if (typeof example === 'number' && text.trim() !== '' && String(Number(text)) === text.trim()) return Number(text);
  return typeof example === 'boolean' && /^(true|false)$/.test(text) ? text === 'true' : text;
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

interface KnownVariables {
  readonly used: ReadonlySet<string>;
  readonly inMatrix: ReadonlySet<string>;
  /** How messages name the values that were set. */
  readonly field: string;
}

/** Values that no template and no list would use are typos. */
export function findValueProblems(
  values: ReadonlyMap<string, unknown>,
  { used, inMatrix, field }: KnownVariables,
): readonly FieldProblem[] {
  return [...values].flatMap(([name, value]): FieldProblem[] => {
    if (name === 'key') return [{ field, problem: 'has key; each item must have a key of its own' }];
    const quoted = JSON.stringify(name);
    if (inMatrix.has(name) && !isScalar(value))
      return [{ field, problem: `has ${quoted}, a variable of the matrix; must be a text, a number, true or false` }];
    if (used.has(name)) return [];
    const advice = used.size === 0 ? 'the recipe has no variables' : adviseName(name, [...used]);
    return [{ field, problem: `has ${quoted}, which the recipe does not use; ${advice}` }];
  });
}
