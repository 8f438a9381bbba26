/** The settings of the HTTP API. Read from the environment once; problems name the variable. */
import type { Environment } from '../../workflows/domain/base/environment';
import { getOwn } from '../../workflows/domain/base/own-value';
import type { BodyPace } from './read-body';

/** Default port: the one after the gateway's. */
const DEFAULT_API_PORT = 8235;
/** Unlike the gateway's port, which may be public, this one must be opened on purpose. */
const DEFAULT_HOST = '127.0.0.1';

export interface ApiSettings {
  /** Bearer tokens; each grants full access. Several allow rotation. */
  readonly tokens: readonly string[];
  readonly host: string;
  /** Port; 0 picks a free one. */
  readonly port: number;
  /** Largest body of a batch, in bytes. */
  readonly maxBatchBytes: number;
  /** Limit of requests per minute and token. */
  readonly requestsPerMinute: number;
  /** Minimum rate of a body. Default: 64 KiB per minute. */
  readonly bodyPace?: BodyPace;
}

interface NumberSetting {
  readonly variable: string;
  readonly otherwise: number;
  readonly minimum: number;
  readonly maximum: number;
}

const TOKENS = 'IMAGEPIPELINE_API_TOKENS';
/** Printable ASCII without commas, which separate tokens. */
const TOKEN_FORM = /^[\x21-\x2b\x2d-\x7e]{16,}$/;
const MEBIBYTE = 1024 * 1024;

const PORT = { variable: 'IMAGEPIPELINE_API_PORT', otherwise: DEFAULT_API_PORT, minimum: 0, maximum: 65_535 };
/** Largest body in MB: rows are kept in the temporary folder until all are checked. */
const BODY_MB = { variable: 'IMAGEPIPELINE_API_MAX_BODY_MB', otherwise: 64, minimum: 1, maximum: 4_096 };
/** Ten per second: more than a service needs, less than overloads Temporal. */
const RATE = { variable: 'IMAGEPIPELINE_API_MAX_RATE', otherwise: 600, minimum: 1, maximum: 1_000_000 };

/**
 * Reads IMAGEPIPELINE_API_TOKENS (one or several, separated by commas), IMAGEPIPELINE_API_HOST (default 127.0.0.1),
 * IMAGEPIPELINE_API_PORT (default 8235), IMAGEPIPELINE_API_MAX_BODY_MB (of a batch, default 64) and
 * IMAGEPIPELINE_API_MAX_RATE (requests per minute and token, default 600). Returns `null` if there are no
 * tokens, which disables the API, or if there are problems, which are added to `problems`.
 */
export function parseApiSettings(env: Environment, problems: string[]): ApiSettings | null {
  const text = env[TOKENS]?.trim();
  if (!text) return null;
  const found: string[] = [];
  const tokens = tokensIn(text, found);
  const settings = {
    tokens,
    host: env['IMAGEPIPELINE_API_HOST']?.trim() || DEFAULT_HOST,
    port: numberIn(env, PORT, found),
    maxBatchBytes: numberIn(env, BODY_MB, found) * MEBIBYTE,
    requestsPerMinute: numberIn(env, RATE, found),
  };
  problems.push(...found);
  return found.length > 0 ? null : settings;
}

function tokensIn(text: string, problems: string[]): readonly string[] {
  const tokens = text.split(',').map((token) => token.trim());
  tokens.forEach((token, index) => {
    if (TOKEN_FORM.test(token)) return;
    problems.push(
      `${TOKENS}: token ${index + 1} of ${tokens.length} has ${token.length} characters; must have at least 16, without white ` +
        'space, for instance the output of "openssl rand -hex 32"',
    );
  });
  return tokens;
}

function numberIn(env: Environment, { variable, otherwise, minimum, maximum }: NumberSetting, problems: string[]) {
  const text = getOwn(env, variable)?.trim() || String(otherwise);
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= minimum && value <= maximum) return value;
  problems.push(`${variable} is "${text}"; must be a whole number from ${minimum} to ${maximum}`);
  return otherwise;
}
