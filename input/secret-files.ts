/** Secrets in files, as containers receive them: `<NAME>_FILE` is the path of a file with the value of `<NAME>`. */
import { readFileSync } from 'node:fs';
import type { Environment } from '../workflows/domain/base/environment';
import { findErrorCode } from '../workflows/domain/base/errors';
import { getOwn } from '../workflows/domain/base/own-value';

export const SECRET_VARIABLES = [
  'IMAGEPIPELINE_API_KEY',
  'IMAGEPIPELINE_API_TOKENS',
  'IMAGEPIPELINE_CALLBACK_SECRET',
  'IMAGEPIPELINE_CODEC_TOKEN',
  'IMAGEPIPELINE_ENCRYPTION_KEYS',
  'IMAGEPIPELINE_NOTIFY_SECRET',
] as const;
type SecretVariable = (typeof SECRET_VARIABLES)[number];

/**
 * Returns the environment with each secret in its own variable, and without the `_FILE` variables.
 *
 * @param problems receives messages with variables and paths, never with the content of a file
 */
export function readSecretFiles(env: Environment, names: readonly SecretVariable[], problems: string[]): Environment {
  const read = names.flatMap((name) => {
    const secret = readSecret(env, name, problems);
    return secret === null ? [] : [[name, secret] as const, [`${name}_FILE`, undefined] as const];
  });
  return { ...env, ...Object.fromEntries(read) };
}

function readSecret(env: Environment, name: SecretVariable, problems: string[]): string | null {
  const variable = `${name}_FILE`;
  const file = getOwn(env, variable)?.trim();
  if (!file) return null;
  if (getOwn(env, name)?.trim()) {
    problems.push(`${name} and ${variable} are both set; unset one of them`);
    return null;
  }
  const secret = readContent(variable, file, problems);
  if (secret === '') problems.push(`${variable} names "${file}", which is empty; write the secret to it`);
  return secret;
}

/** Reads a file without surrounding white space: editors and `echo` end it with a newline. */
function readContent(variable: string, file: string, problems: string[]): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const code = findErrorCode(error) ?? 'unknown';
    problems.push(
      `${variable} names "${file}", which cannot be read (${code}); make it a file that this user may read`,
    );
    return null;
  }
}

/** How often a file is looked at, in ms. */
const LOOK_AGAIN_MS = 1_000;
/** What a header may carry. */
const SENDABLE = /^[\x21-\x7e]+$/;

/**
 * Returns a function that returns the secret of a `_FILE` variable as the file has it now; `null` if the variable is not set. While
 * the file is missing, empty or not one word, it returns the last secret: a rotation may write the file in several steps.
 *
 * @param first the secret at the start
 */
export function followSecretFile(env: Environment, name: SecretVariable, first: string): (() => string) | null {
  const file = getOwn(env, `${name}_FILE`)?.trim();
  if (!file) return null;
  let [secret, lookedAt] = [first, Date.now()];
  return () => {
    if (Date.now() - lookedAt < LOOK_AGAIN_MS) return secret;
    lookedAt = Date.now();
    const found = readContent('', file, []);
    if (found !== null && SENDABLE.test(found)) secret = found;
    return secret;
  };
}
