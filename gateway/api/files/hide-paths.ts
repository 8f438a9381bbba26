/** Removes paths of the store from texts: callers of the API are on other machines, and must not learn about this one. */

/** Fields with texts that may quote an error of the store. Columns of the caller, `values`, are left as they are. */
const TEXT_FIELDS: ReadonlySet<string> = new Set([
  ...['message', 'problem', 'detail', 'reason', 'cause', 'words', 'trouble', 'warnings'],
]);
const OPAQUE_FIELD = 'values';

/** An absolute path of at least two names, or the address of an object. Paths of this API are none. */
const ABSOLUTE = /(?<![\w/:.~-])(?:s3:\/\/|[A-Za-z]:[\\/]|\/(?!v1\/))[^\s'"`(),;\\/]+[\\/][^\s'"`(),;]*[^\s'"`(),;:.]/g;
/** The names below the root of a store. */
const IN_STORE = /(?:^|[\\/])((?:items|batches|inputs|uploads|submissions|segments)[\\/].*|store[\w-]*\.(?:json|txt))$/;
const HIDDEN = '[path]';

/** @param address of the gateway's store; the workers may have it at another path */
export function hidePaths(text: string, address: string): string {
  return text.replaceAll(address, '/hidden/store').replace(ABSOLUTE, (path) => IN_STORE.exec(path)?.[1] ?? HIDDEN);
}

/** Removes only the address of the gateway's store: what the texts quote is the caller's own request. */
export function hideAddressIn<T>(answer: T, address: string): T {
  return hideIn(answer, (text) => text.replaceAll(address, HIDDEN), false) as T;
}

/** Returns an answer with `hidePaths` applied to all of its texts for people. */
export function hidePathsIn<T>(answer: T, address: string): T {
  return hideIn(answer, (text) => hidePaths(text, address), false) as T;
}

function hideIn(value: unknown, hide: (text: string) => string, isText: boolean): unknown {
  if (typeof value === 'string') return isText ? hide(value) : value;
  if (Array.isArray(value)) return value.map((one) => hideIn(one, hide, isText));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === OPAQUE_FIELD ? member : hideIn(member, hide, TEXT_FIELDS.has(name)),
    ]),
  );
}
