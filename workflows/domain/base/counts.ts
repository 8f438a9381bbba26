/** Adds two counts name by name; a name that only one of them has keeps its number. */
export function addCounts<T extends Readonly<Record<keyof T, number>>>(left: T, right: T): T {
  const added = Object.entries<number>({ ...right });
  // So it is most often, and a large batch adds its counts some ten thousand times.
  if (added.every(([name, count]) => count === 0 && Object.hasOwn(left, name))) return left;
  const sum = new Map(Object.entries<number>({ ...left }));
  for (const [name, count] of added) sum.set(name, (sum.get(name) ?? 0) + count);
  return Object.fromEntries(sum) as T;
}
