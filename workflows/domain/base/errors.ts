/** Reads errors by their properties: classes differ between realms, and not every part may import them. Pure. */

/** The code of a system error such as `ENOENT`; `null` for any other. */
export function findErrorCode(error: unknown): string | null {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}

/** The name of its class. */
export function findErrorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** For a file that may have been removed: `null` if it was. */
export function nullIfMissing(error: unknown): null {
  if (findErrorCode(error) === 'ENOENT') return null;
  throw error;
}
