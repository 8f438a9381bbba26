/** Selects parts of a benchmark by name. */

/**
 * Returns the parts with these names, in their own order; all without a name.
 *
 * @throws if a name is unknown
 */
export function named<T extends { readonly name: string }>(
  what: string,
  all: readonly T[],
  names: readonly string[],
): readonly T[] {
  const unknown = names.filter((name) => !all.some((one) => one.name === name));
  if (unknown.length > 0) {
    throw new Error(`no ${what} ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(', ')}`);
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}
