import { readSecretFiles, SECRET_VARIABLES } from '../../client/temporal/secret-files';
import type { Environment } from '../../workflows/domain/base/environment';
import { UsageError } from '../usage-error';

/**
 * The environment with every secret in the variable that is named after it.
 *
 * @throws UsageError that names variables and paths, and never shows what is in a file
 */
export function withSecretFiles(env: Environment): Environment {
  const problems: string[] = [];
  const filled = readSecretFiles(env, SECRET_VARIABLES, problems);
  if (problems.length > 0) throw new UsageError(problems);
  return filled;
}
