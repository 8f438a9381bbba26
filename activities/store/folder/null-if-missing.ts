import { findCode } from './system-code';

/** Returns `null` if the file is missing, and rethrows any other error. */
export function nullIfMissing(error: unknown): null {
  if (findCode(error) === 'ENOENT') return null;
  throw error;
}
