/** Callback settings from the environment. Every problem names its variable. */
import type { Environment } from '../../workflows/domain/base/environment';
import { isLoopbackName } from '../../workflows/domain/base/loopback';
import type { CallbackSecrets } from './token';

/** What is needed to request callbacks and to verify them. */
export interface CallbackSettings {
  /** Public base URL of the gateway, without a trailing slash. */
  readonly url: string;
  readonly secrets: CallbackSecrets;
}

/** Length of a random 128-bit secret in hex. */
const MIN_SECRET_LENGTH = 32;
const HOW_TO_MAKE_ONE = 'for example the output of "openssl rand -hex 32"';

/** Returns `null` without IMAGEPIPELINE_CALLBACK_URL: callbacks are off. */
export function parseCallbackSettings(env: Environment, problems: string[]): CallbackSettings | null {
  const given = env['IMAGEPIPELINE_CALLBACK_URL']?.trim();
  if (!given) return null;
  const url = parseUrl(given, problems);
  const secrets = parseCallbackSecrets(env, problems);
  return url === null || secrets === null ? null : { url, secrets };
}

/** Reads IMAGEPIPELINE_CALLBACK_SECRET: one secret, or several separated by commas. Messages never contain a secret. */
export function parseCallbackSecrets(env: Environment, problems: string[]): CallbackSecrets | null {
  const listed = (env['IMAGEPIPELINE_CALLBACK_SECRET'] ?? '').split(',').map((secret) => secret.trim());
  const [first, ...others] = listed.filter((secret) => secret !== '');
  if (first === undefined) {
    problems.push(`IMAGEPIPELINE_CALLBACK_SECRET is not set; set it to a random string, ${HOW_TO_MAKE_ONE}`);
    return null;
  }
  const short = [first, ...others].find((secret) => secret.length < MIN_SECRET_LENGTH);
  if (short === undefined) return [first, ...others];
  problems.push(
    `IMAGEPIPELINE_CALLBACK_SECRET has a secret of ${short.length} characters; expected at least ${MIN_SECRET_LENGTH}, ${HOW_TO_MAKE_ONE}`,
  );
  return null;
}

/** Only the token in the URL proves a callback, so plain http is allowed on loopback only. */
function parseUrl(given: string, problems: string[]): string | null {
  const url = URL.canParse(given) ? new URL(given) : null;
  const isWeb =
    url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackName(url.hostname)));
  if (!isWeb || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    problems.push(
      `IMAGEPIPELINE_CALLBACK_URL is "${given}"; expected the public https URL of the gateway, ` +
        'without user, query or fragment (plain http is allowed on this machine only)',
    );
    return null;
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
