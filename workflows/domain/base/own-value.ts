/**
 * Returns a record's own value for a key. External keys may be `constructor` or `__proto__`, which every plain object
 * inherits, so records are read with this function instead of `record[key]`.
 */
export function getOwn<V>(record: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
