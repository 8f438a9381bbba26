import { readSecretFiles, SECRET_VARIABLES } from '../../input/secret-files';
import type { Environment } from '../../workflows/domain/base/environment';
import { UsageError } from '../usage-error';

/**
 * Reads every `..._FILE` variable and returns the environment with the secrets in their own variables.
 *
 * @throws UsageError that names variables and paths, and never the content of a file
 */
export function withSecretFiles(env: Environment): Environment {
  const problems: string[] = [];
  const filled = readSecretFiles(env, SECRET_VARIABLES, problems);
  if (problems.length > 0) throw new UsageError(problems);
  return filled;
}
