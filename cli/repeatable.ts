/** Commander's reader of a flag that may be repeated: the values in the order they were given. */
export function collectValues(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
