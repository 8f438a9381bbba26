/** How callbacks are asked for and verified: read from the environment, every problem by variable name. */
import type { Environment } from '../../workflows/domain/base/environment';
import { isLoopbackName } from '../../workflows/domain/base/loopback';
import type { CallbackSecrets } from './token';

/** What it takes to ask for callbacks and to know them again. */
export interface CallbackSettings {
  /** Public base of the gateway, without a slash at its end. */
  readonly url: string;
  readonly secrets: CallbackSecrets;
}

/** As many characters as a random secret of 128 bits has in hex. */
const MIN_SECRET_LENGTH = 32;
const HOW_TO_MAKE_ONE = 'for instance what "openssl rand -hex 32" prints';

/** `null` without IMAGEPIPELINE_CALLBACK_URL: no callback is asked for. */
export function parseCallbackSettings(env: Environment, problems: string[]): CallbackSettings | null {
  const given = env['IMAGEPIPELINE_CALLBACK_URL']?.trim();
  if (!given) return null;
  const url = parseUrl(given, problems);
  const secrets = parseCallbackSecrets(env, problems);
  return url === null || secrets === null ? null : { url, secrets };
}

/** From IMAGEPIPELINE_CALLBACK_SECRET: one, or several separated by commas. Never shown, not even when wrong. */
export function parseCallbackSecrets(env: Environment, problems: string[]): CallbackSecrets | null {
  const listed = (env['IMAGEPIPELINE_CALLBACK_SECRET'] ?? '').split(',').map((secret) => secret.trim());
  const [first, ...others] = listed.filter((secret) => secret !== '');
  if (first === undefined) {
    problems.push(`IMAGEPIPELINE_CALLBACK_SECRET is not set; set it to a random text, ${HOW_TO_MAKE_ONE}`);
    return null;
  }
  const short = [first, ...others].find((secret) => secret.length < MIN_SECRET_LENGTH);
  if (short === undefined) return [first, ...others];
  problems.push(
    `IMAGEPIPELINE_CALLBACK_SECRET has a secret of ${short.length} characters; give at least ${MIN_SECRET_LENGTH}, ${HOW_TO_MAKE_ONE}`,
  );
  return null;
}

/** The token in the address is what proves a callback, so plain http is for this machine only. */
function parseUrl(given: string, problems: string[]): string | null {
  const url = URL.canParse(given) ? new URL(given) : null;
  const isWeb =
    url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackName(url.hostname)));
  if (!isWeb || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    problems.push(
      `IMAGEPIPELINE_CALLBACK_URL is "${given}"; give the public https address under which the gateway is reached, ` +
        'without user, query and fragment (plain http only to this machine)',
    );
    return null;
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
