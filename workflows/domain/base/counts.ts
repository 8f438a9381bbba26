/** Adds two counts by name; a name in only one of them keeps its number. */
export function addCounts<T extends Readonly<Record<keyof T, number>>>(left: T, right: T): T {
  const added = Object.entries<number>({ ...right });
  // The common case; a large batch adds counts some ten thousand times.
  if (added.every(([name, count]) => count === 0 && Object.hasOwn(left, name))) return left;
  const sum = new Map(Object.entries<number>({ ...left }));
  for (const [name, count] of added) sum.set(name, (sum.get(name) ?? 0) + count);
  return Object.fromEntries(sum) as T;
}
