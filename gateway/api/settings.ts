/** The settings of the HTTP API. Read from the environment once; problems name the variable. */
import type { Environment } from '../../workflows/domain/base/environment';
import { getOwn } from '../../workflows/domain/base/own-value';
import { type ApiToken, parseTokens } from './access/api-token';
import type { BodyPace } from './read-body';

/** Default port: the one after the gateway's. */
const DEFAULT_API_PORT = 8235;
/** Unlike the gateway's port, which may be public, this one must be opened on purpose. */
const DEFAULT_HOST = '127.0.0.1';

export interface ApiSettings {
  readonly tokens: readonly ApiToken[];
  /** The file of the tokens, which is read again when it changes. Default: none. */
  readonly tokensFile?: string | undefined;
  readonly host: string;
  /** Port; 0 picks a free one. */
  readonly port: number;
  /** Largest body of a batch, in bytes. */
  readonly maxBatchBytes: number;
  /** Limit of requests per minute and token. */
  readonly requestsPerMinute: number;
  /** Limit of requests per minute and address without a valid token. Default: 60. */
  readonly wrongTokensPerMinute?: number;
  /** The dashboard beside the API. Default `null`: none. */
  readonly dashboard?: DashboardSettings | null;
  /** Minimum rate of a body. Default: 64 KiB per minute. */
  readonly bodyPace?: BodyPace;
}

export interface DashboardSettings {
  /** Address of Temporal UI, for links; `null`: no links. */
  readonly temporalUi: string | null;
}

interface NumberSetting {
  readonly variable: string;
  readonly otherwise: number;
  readonly minimum: number;
  readonly maximum: number;
}

const TOKENS = 'IMAGEPIPELINE_API_TOKENS';
const TOKENS_FILE = `${TOKENS}_FILE`;
const UI_URL = 'IMAGEPIPELINE_TEMPORAL_UI_URL';
const MEBIBYTE = 1024 * 1024;

const PORT = { variable: 'IMAGEPIPELINE_API_PORT', otherwise: DEFAULT_API_PORT, minimum: 0, maximum: 65_535 };
/** Largest body in MB: rows are kept in the temporary folder until all are checked. */
const BODY_MB = { variable: 'IMAGEPIPELINE_API_MAX_BODY_MB', otherwise: 64, minimum: 1, maximum: 4_096 };
/** Ten per second: more than a service needs, less than overloads Temporal. */
const RATE = { variable: 'IMAGEPIPELINE_API_MAX_RATE', otherwise: 600, minimum: 1, maximum: 1_000_000 };

/**
 * Reads IMAGEPIPELINE_API_TOKENS (one or several, separated by commas, or JSON entries), IMAGEPIPELINE_API_HOST (default 127.0.0.1),
 * IMAGEPIPELINE_API_PORT (default 8235), IMAGEPIPELINE_API_MAX_BODY_MB (of a batch, default 64), IMAGEPIPELINE_API_MAX_RATE
 * (requests per minute and token, default 600) and IMAGEPIPELINE_TEMPORAL_UI_URL (for links, default none). Returns `null` if there are no
 * tokens, which disables the API, or if there are problems, which are added to `problems`.
 *
 * @param given the environment before secrets were read from their files: it names the file of the tokens
 */
export function parseApiSettings(env: Environment, problems: string[], given: Environment = env): ApiSettings | null {
  const tokensFile = getOwn(given, TOKENS_FILE)?.trim() || undefined;
  const text = env[TOKENS]?.trim();
  if (!text) return null;
  const found: string[] = [];
  const tokens = parseTokens(text, tokensFile === undefined ? TOKENS : TOKENS_FILE, found);
  const settings = {
    tokens,
    tokensFile,
    host: env['IMAGEPIPELINE_API_HOST']?.trim() || DEFAULT_HOST,
    port: numberIn(env, PORT, found),
    maxBatchBytes: numberIn(env, BODY_MB, found) * MEBIBYTE,
    requestsPerMinute: numberIn(env, RATE, found),
    dashboard: { temporalUi: readTemporalUi(env, found) },
  };
  problems.push(...found);
  return found.length > 0 ? null : settings;
}

function readTemporalUi(env: Environment, problems: string[]): string | null {
  const text = getOwn(env, UI_URL)?.trim() || null;
  if (text === null || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol))) return text;
  problems.push(`${UI_URL} is "${text}"; must be the http or https address of Temporal UI`);
  return null;
}

function numberIn(env: Environment, { variable, otherwise, minimum, maximum }: NumberSetting, problems: string[]) {
  const text = getOwn(env, variable)?.trim() || String(otherwise);
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= minimum && value <= maximum) return value;
  problems.push(`${variable} is "${text}"; must be a whole number from ${minimum} to ${maximum}`);
  return otherwise;
}
