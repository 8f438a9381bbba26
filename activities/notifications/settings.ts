/** Settings of notifications from the environment. Every problem names its variable. */
import type { Environment } from '../../workflows/domain/base/environment';

/** What is needed to sign notifications and to send them. */
export interface NotificationSettings {
  /** Secrets of the Standard Webhooks scheme. Each signs; empty: nothing can be sent. */
  readonly secrets: readonly string[];
  /** Whether receivers may be in private networks. */
  readonly allowPrivate: boolean;
}

const VARIABLE = 'IMAGEPIPELINE_NOTIFY_SECRET';
const PREFIX = 'whsec_';
/** Bounds of a key in bytes, by the Standard Webhooks specification. */
const [MIN_KEY_BYTES, MAX_KEY_BYTES] = [24, 64];
const HOW_TO_MAKE_ONE = `for example ${PREFIX} and the output of "openssl rand -base64 32"`;

/**
 * Reads IMAGEPIPELINE_NOTIFY_SECRET: one secret, or several separated by commas while receivers change theirs. Messages never
 * contain a secret.
 */
export function parseNotifySecrets(env: Environment, problems: string[]): readonly string[] {
  const secrets = (env[VARIABLE] ?? '')
    .split(',')
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '');
  secrets.forEach((secret, index) => {
    const problem = findSecretProblem(secret);
    const which = secrets.length === 1 ? '' : ` number ${index + 1}`;
    if (problem !== null) problems.push(`${VARIABLE}: the secret${which} ${problem}, ${HOW_TO_MAKE_ONE}`);
  });
  return secrets;
}

function findSecretProblem(secret: string): string | null {
  if (!secret.startsWith(PREFIX)) return `does not begin with ${PREFIX}; must be ${PREFIX} and a key in base64`;
  const text = secret.slice(PREFIX.length);
  const key = Buffer.from(text, 'base64');
  if (key.toString('base64') !== text) return `has no base64 after ${PREFIX}; must be ${PREFIX} and a key in base64`;
  if (key.length >= MIN_KEY_BYTES && key.length <= MAX_KEY_BYTES) return null;
  return `has a key of ${key.length} bytes; must have ${MIN_KEY_BYTES} to ${MAX_KEY_BYTES}`;
}
