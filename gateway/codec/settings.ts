/** Who may have payloads decoded by the gateway: read from the environment once, every problem by variable name. */
import { type EncryptionKeys, parseEncryptionKeys } from '../../payloads';
import type { Environment } from '../../workflows/domain/base/environment';

export interface CodecSettings {
  readonly keys: EncryptionKeys;
  /** What a request must carry as its bearer token. */
  readonly token: string;
  /** The one page that a browser may send requests from, for instance `https://temporal.example.com`. */
  readonly origin: string;
}

const TOKEN = 'IMAGEPIPELINE_CODEC_TOKEN';
const ORIGIN = 'IMAGEPIPELINE_UI_ORIGIN';
const NO_KEYS =
  'IMAGEPIPELINE_ENCRYPTION_KEYS is not set, so there is nothing to decode; ' +
  `set it, or unset ${TOKEN} and ${ORIGIN}`;
/** At least as many characters as a random token of 128 bits has in hex; only what a header can carry. */
const TOKEN_FORM = /^[\x21-\x7e]{32,}$/;

/**
 * Reads IMAGEPIPELINE_CODEC_TOKEN, IMAGEPIPELINE_UI_ORIGIN and IMAGEPIPELINE_ENCRYPTION_KEYS. `null`: nothing is decoded,
 * because neither token nor origin is set, or there are problems, which are added to the list.
 */
export function parseCodecSettings(env: Environment, problems: string[]): CodecSettings | null {
  const found: string[] = [];
  const keys = parseEncryptionKeys(env, found);
  const [token, origin] = [env[TOKEN]?.trim() || null, env[ORIGIN]?.trim() || null];
  const isWanted = token !== null || origin !== null;
  const keysProblems = keys === null && found.length === 0 ? [NO_KEYS] : [];
  if (isWanted) found.push(...keysProblems, ...tokenProblems(token), ...originProblems(origin));
  problems.push(...found);
  return found.length > 0 || keys === null || token === null || origin === null ? null : { keys, token, origin };
}

function tokenProblems(token: string | null): readonly string[] {
  if (token === null) return [`${TOKEN} is not set, but ${ORIGIN} is; set both, or neither`];
  if (TOKEN_FORM.test(token)) return [];
  return [
    `${TOKEN} has ${token.length} characters; give at least 32 without white space, for instance what ` +
      '"openssl rand -hex 32" prints',
  ];
}

function originProblems(origin: string | null): readonly string[] {
  if (origin === null) return [`${ORIGIN} is not set, but ${TOKEN} is; set both, or neither`];
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.origin === origin) return [];
  return [
    `${ORIGIN} is "${origin}"; give scheme, host and port of Temporal UI as the browser shows them, without a path or ` +
      'a slash at the end, for instance https://temporal.example.com',
  ];
}
