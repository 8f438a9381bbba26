/** Secrets that come as files, as containers are given them: `<NAME>_FILE` is the path of what `<NAME>` would hold. */
import { readFileSync } from 'node:fs';
import { getOwn } from '../../workflows/domain/own-value';
import type { Environment } from '../connection';
import { UsageError } from './usage-error';

export const SECRET_VARIABLES = [
  'IMAGEPIPELINE_API_KEY',
  'IMAGEPIPELINE_API_TOKENS',
  'IMAGEPIPELINE_CALLBACK_SECRET',
] as const;

/**
 * The environment with every secret in the variable that is named after it.
 *
 * @throws UsageError that names variables and paths, and never shows what is in a file
 */
export function withSecretFiles(env: Environment): Environment {
  const problems: string[] = [];
  const read = SECRET_VARIABLES.flatMap((name) => {
    const secret = secretOf(env, name, problems);
    return secret === null ? [] : [[name, secret] as const];
  });
  if (problems.length > 0) throw new UsageError(problems);
  return { ...env, ...Object.fromEntries(read) };
}

function secretOf(env: Environment, name: string, problems: string[]): string | null {
  const variable = `${name}_FILE`;
  const file = getOwn(env, variable)?.trim();
  if (!file) return null;
  if (getOwn(env, name)?.trim()) {
    problems.push(`${name} and ${variable} are both set; unset one of them`);
    return null;
  }
  const secret = contentOf(variable, file, problems);
  if (secret === '') problems.push(`${variable} names "${file}", which is empty; put the secret into it`);
  return secret;
}

/** Without the white space around it: editors and `echo` end a file with a newline. */
function contentOf(variable: string, file: string, problems: string[]): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    problems.push(
      `${variable} names "${file}", which cannot be read (${code}); make it a file that this user may read`,
    );
    return null;
  }
}
