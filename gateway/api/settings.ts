/** The settings of the HTTP API: read from the environment once, every problem by variable name. */
import type { Environment } from '../../workflows/domain/base/environment';
import { getOwn } from '../../workflows/domain/base/own-value';
import type { BodyPace } from './read-body';

/** Next to the gateway's. */
export const DEFAULT_API_PORT = 8235;
/** The port of the gateway may be open to strangers; this one must be opened on purpose. */
const DEFAULT_HOST = '127.0.0.1';

export interface ApiSettings {
  /** Each opens everything; several, so that one can be replaced while the other still holds. */
  readonly tokens: readonly string[];
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Of the body of a batch, in bytes. */
  readonly maxBatchBytes: number;
  /** Of one token. */
  readonly requestsPerMinute: number;
  /** Default: 64 KiB a minute at least. */
  readonly bodyPace?: BodyPace;
}

interface NumberSetting {
  readonly variable: string;
  readonly otherwise: number;
  readonly minimum: number;
  readonly maximum: number;
}

const TOKENS = 'IMAGEPIPELINE_API_TOKENS';
/** Only what a header can carry, and no comma, which is between two of them. */
const TOKEN_FORM = /^[\x21-\x2b\x2d-\x7e]{16,}$/;
const MEBIBYTE = 1024 * 1024;

const PORT = { variable: 'IMAGEPIPELINE_API_PORT', otherwise: DEFAULT_API_PORT, minimum: 0, maximum: 65_535 };
/** Rows are kept in the temporary folder until the last one was found right. */
const BODY_MB = { variable: 'IMAGEPIPELINE_API_MAX_BODY_MB', otherwise: 64, minimum: 1, maximum: 4_096 };
/** Ten a second: more than one service asks for in earnest, less than hurts Temporal. */
const RATE = { variable: 'IMAGEPIPELINE_API_MAX_RATE', otherwise: 600, minimum: 1, maximum: 1_000_000 };

/**
 * Reads IMAGEPIPELINE_API_TOKENS (one or several, separated by commas), IMAGEPIPELINE_API_HOST (default 127.0.0.1),
 * IMAGEPIPELINE_API_PORT (default 8235), IMAGEPIPELINE_API_MAX_BODY_MB (of a batch, default 64) and
 * IMAGEPIPELINE_API_MAX_RATE (requests a minute and token, default 600). `null`: there is no API, because there are no
 * tokens, or there are problems, which are added to the list.
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
      `${TOKENS}: token ${index + 1} of ${tokens.length} has ${token.length} characters; give at least 16 without white ` +
        'space, for instance what "openssl rand -hex 32" prints',
    );
  });
  return tokens;
}

function numberIn(env: Environment, { variable, otherwise, minimum, maximum }: NumberSetting, problems: string[]) {
  const text = getOwn(env, variable)?.trim() || String(otherwise);
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= minimum && value <= maximum) return value;
  problems.push(`${variable} is "${text}"; give a whole number from ${minimum} to ${maximum}`);
  return otherwise;
}
