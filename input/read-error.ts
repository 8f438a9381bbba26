import { findErrorCode } from '../workflows/domain/base/errors';
import { isObject } from '../workflows/domain/base/is-object';
import { getOwn } from '../workflows/domain/base/own-value';

const GONE_WORDS = 'does not exist';
const GONE = `${GONE_WORDS}; check the path`;
const DENIED = 'cannot be read; check its permissions';
const NOT_UTF_8 = 'a name that is not UTF-8 cannot be given: rename it';

/** Problems by system error code. */
const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: GONE,
  ENOTDIR: GONE,
  ENAMETOOLONG: GONE,
  EACCES: DENIED,
  EPERM: DENIED,
};

/** Says why a file or folder cannot be read; `null` if the error is not one of the system. */
export function describeReadError(error: unknown): string | null {
  const code = findErrorCode(error);
  if (code === null) return null;
  const problem = getOwn(PROBLEMS, code) ?? `cannot be read (${code})`;
  return problem === GONE && hasReplacement(error) ? `${GONE_WORDS}; ${NOT_UTF_8}` : problem;
}

/** Node puts this character in the place of bytes that are not UTF-8. */
function hasReplacement(error: unknown): boolean {
  const path = isObject(error) ? error['path'] : null;
  return typeof path === 'string' && path.includes('\ufffd');
}
