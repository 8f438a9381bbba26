/** For a file that may have gone: `null` if it has. Not by class, which differs between realms. */
export function nullIfMissing(error: unknown): null {
  if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}
