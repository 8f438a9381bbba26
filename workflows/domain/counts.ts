/** Adds two counts name by name; a name that only one of them has keeps its number. */
export function addCounts<T extends Readonly<Record<keyof T, number>>>(left: T, right: T): T {
  const sum = new Map(Object.entries<number>({ ...left }));
  for (const [name, count] of Object.entries<number>({ ...right })) sum.set(name, (sum.get(name) ?? 0) + count);
  return Object.fromEntries(sum) as T;
}
