/** The codec's settings: who may decode payloads. Read from the environment once; problems name the variable. */
import { type EncryptionKeys, parseEncryptionKeys } from '../../payloads';
import type { Environment } from '../../workflows/domain/base/environment';

export interface CodecSettings {
  readonly keys: EncryptionKeys;
  /** The bearer token that a request must carry. */
  readonly token: string;
  /** The only origin that browsers may send requests from, for instance `https://temporal.example.com`. */
  readonly origin: string;
}

const TOKEN = 'IMAGEPIPELINE_CODEC_TOKEN';
const ORIGIN = 'IMAGEPIPELINE_UI_ORIGIN';
const NO_KEYS =
  'IMAGEPIPELINE_ENCRYPTION_KEYS is not set, so there is nothing to decode; ' +
  `set it, or unset ${TOKEN} and ${ORIGIN}`;
/** Printable ASCII; at least the 32 hex digits of a random 128-bit token. */
const TOKEN_FORM = /^[\x21-\x7e]{32,}$/;

/**
 * Reads IMAGEPIPELINE_CODEC_TOKEN, IMAGEPIPELINE_UI_ORIGIN and IMAGEPIPELINE_ENCRYPTION_KEYS. Returns `null` (no codec)
 * if neither token nor origin is set, or if there are problems, which are added to `problems`.
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
    `${TOKEN} has ${token.length} characters; must have at least 32, without white space, for instance the output of ` +
      '"openssl rand -hex 32"',
  ];
}

function originProblems(origin: string | null): readonly string[] {
  if (origin === null) return [`${ORIGIN} is not set, but ${TOKEN} is; set both, or neither`];
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.origin === origin) return [];
  return [
    `${ORIGIN} is "${origin}"; must be the scheme, host and port of Temporal UI as the browser shows them, without a path or ` +
      'a trailing slash, for instance https://temporal.example.com',
  ];
}
