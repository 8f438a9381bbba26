/**
 * The code of a system error, for example `ENOENT`; empty for any other error. Avoids `instanceof`, which differs
 * between realms.
 */
export function findCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
