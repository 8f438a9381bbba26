/** The code of an error of the system, for instance `ENOENT`; empty for any other. Not by class, which differs between realms. */
export function findCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
