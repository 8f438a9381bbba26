import { findErrorCode } from '../workflows/domain/base/errors';
import { getOwn } from '../workflows/domain/base/own-value';

const [GONE, DENIED] = ['does not exist; check the path', 'cannot be read; check its permissions'];

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
  return code === null ? null : (getOwn(PROBLEMS, code) ?? `cannot be read (${code})`);
}
