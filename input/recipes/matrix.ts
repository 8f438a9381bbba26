/** The combinations of a matrix, as GitHub Actions makes them. They are generated one at a time. */

export type Scalar = string | number | boolean;

/** The values of a variable. A range is not kept as a list. */
export interface ValueList {
  readonly size: number;
  readonly at: (index: number) => Scalar;
  readonly has: (value: Scalar) => boolean;
}

/** Values by variable. */
export type Combination = ReadonlyMap<string, Scalar>;

export interface Matrix {
  readonly lists: ReadonlyMap<string, ValueList>;
  /** Each extends the combinations whose values it does not change; one that extends none is a combination of its own. */
  readonly include: readonly Combination[];
  /** Each removes the combinations that have all of its values. */
  readonly exclude: readonly Combination[];
}

export function listOf(values: readonly Scalar[]): ValueList {
  const known = new Set(values);
  return { size: values.length, at: (index) => values[index] ?? '', has: (value) => known.has(value) };
}

/** The whole numbers from one to another, both included. */
export function rangeOf(from: number, to: number): ValueList {
  const has = (value: Scalar) => Number.isInteger(value) && Number(value) >= from && Number(value) <= to;
  return { size: to - from + 1, at: (index) => from + index, has };
}

/** The number of combinations before `include` and `exclude`. */
export function countProduct({ lists }: Matrix): number {
  return [...lists.values()].reduce((product, { size }) => product * size, 1);
}

/** The number of combinations: computed if nothing is excluded, else counted. */
export function countCombinations(matrix: Matrix): number {
  if (matrix.exclude.length > 0) return countItems(listCombinations(matrix));
  return (hasProduct(matrix) ? countProduct(matrix) : 0) + listOwn(matrix).length;
}

function countItems(combinations: Iterable<Combination>): number {
  let count = 0;
  for (const _combination of combinations) count += 1;
  return count;
}

/** In the order of the lists; the last variable changes fastest. Without a matrix there is one empty combination. */
export function* listCombinations(matrix: Matrix): Generator<Combination> {
  const { lists, include, exclude } = matrix;
  const used = new Set<Combination>();
  if (hasProduct(matrix)) {
    for (const original of listProduct([...lists])) {
      if (exclude.some((values) => isPartOf(values, original))) continue;
      const fitting = include.filter((values) => fits(values, original, lists));
      for (const values of fitting) used.add(values);
      yield fitting.length === 0 ? original : new Map([original, ...fitting].flatMap((values) => [...values]));
    }
  }
  for (const values of include) if (!used.has(values)) yield values;
}

/** A matrix of `include` alone has only these combinations. */
function hasProduct({ lists, include }: Matrix): boolean {
  return lists.size > 0 || include.length === 0;
}

/** The entries of `include` that are combinations of their own if nothing is excluded. */
function listOwn({ lists, include }: Matrix): readonly Combination[] {
  return lists.size === 0 ? include : include.filter((values) => !isPossible(values, lists));
}

function isPossible(values: Combination, lists: Matrix['lists']): boolean {
  return [...values].every(([name, value]) => lists.get(name)?.has(value) ?? true);
}

function* listProduct(lists: readonly (readonly [string, ValueList])[]): Generator<Combination> {
  const total = lists.reduce((product, [, { size }]) => product * size, 1);
  const lastFirst = [...lists].reverse();
  for (let number = 0; number < total; number += 1) {
    let rest = number;
    const values: [string, Scalar][] = [];
    for (const [name, { size, at }] of lastFirst) {
      values.push([name, at(rest % size)]);
      rest = Math.floor(rest / size);
    }
    yield new Map(values.reverse());
  }
}

function isPartOf(values: Combination, whole: Combination): boolean {
  return [...values].every(([name, value]) => whole.get(name) === value);
}

function fits(values: Combination, original: Combination, lists: Matrix['lists']): boolean {
  return [...values].every(([name, value]) => !lists.has(name) || original.get(name) === value);
}
