/** Adds two counts name by name; a name that only one of them has keeps its number. */
export function addCounts<T extends Readonly<Record<keyof T, number>>>(left: T, right: T): T {
  const sum: Record<string, number> = { ...left };
  for (const [name, count] of Object.entries<number>({ ...right })) sum[name] = (sum[name] ?? 0) + count;
  return sum as T;
}
