type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The same object without its undefined members. */
export function withoutMissing<T extends object>(value: T): Given<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Given<T>;
}
