import { findCode } from './system-code';

/** For a file that may have gone: `null` if it has. */
export function nullIfMissing(error: unknown): null {
  if (findCode(error) === 'ENOENT') return null;
  throw error;
}
