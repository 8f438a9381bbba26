/**
 * The value that a record itself has under a key. A key from outside may be `constructor` or `__proto__`, which every
 * plain object answers to, so records are read by this function, never by `record[key]`.
 */
export function getOwn<V>(record: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
