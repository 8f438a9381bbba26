/** What an error says of itself, without its class: that differs between realms, and not everybody may import it. Pure. */

/** The code of a system error such as `ENOENT`; `null` for any other. */
export function findErrorCode(error: unknown): string | null {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}

/** The name of its class. */
export function findErrorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** For a file that may have gone: `null` if it has. */
export function nullIfMissing(error: unknown): null {
  if (findErrorCode(error) === 'ENOENT') return null;
  throw error;
}
