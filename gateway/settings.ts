/** The gateway's settings: read from the environment once, every problem by variable name. */
import { type CallbackSecrets, parseCallbackSecrets } from '../activities/callback';
import type { Environment } from '../workflows/domain/base/environment';
import { getOwn } from '../workflows/domain/base/own-value';
import { type CodecSettings, parseCodecSettings } from './codec/settings';

/** Next to Temporal UI's. */
export const DEFAULT_GATEWAY_PORT = 8234;
const DEFAULT_HOST = '127.0.0.1';

export interface GatewaySettings {
  /** `null`: no callbacks are taken. */
  readonly secrets: CallbackSecrets | null;
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Default `null`: nothing is decoded for anybody. */
  readonly codec?: CodecSettings | null;
}

/**
 * Reads IMAGEPIPELINE_CALLBACK_SECRET, IMAGEPIPELINE_GATEWAY_HOST (default 127.0.0.1), what the codec needs and, unless
 * a flag was given, IMAGEPIPELINE_GATEWAY_PORT (default 8234). Where it serves the API or decodes, it needs no secret, and
 * takes no callbacks without one. `null` if there are problems, which are added to the list.
 */
export function parseGatewaySettings(
  env: Environment,
  portFlag: string | undefined,
  problems: string[],
): GatewaySettings | null {
  const before = problems.length;
  const codec = parseCodecSettings(env, problems);
  const isElse = codec !== null || isSet(env, 'IMAGEPIPELINE_API_TOKENS');
  const takesCallbacks =
    !isElse || isSet(env, 'IMAGEPIPELINE_CALLBACK_SECRET') || isSet(env, 'IMAGEPIPELINE_CALLBACK_URL');
  const secrets = takesCallbacks ? parseCallbackSecrets(env, problems) : null;
  const port = parsePort(env, portFlag, problems);
  const host = env['IMAGEPIPELINE_GATEWAY_HOST']?.trim() || DEFAULT_HOST;
  return port === null || problems.length > before ? null : { secrets, host, port, codec };
}

function isSet(env: Environment, name: string): boolean {
  return Boolean(getOwn(env, name)?.trim());
}

function parsePort(env: Environment, flag: string | undefined, problems: string[]): number | null {
  const name = flag === undefined ? 'IMAGEPIPELINE_GATEWAY_PORT' : '--gateway-port';
  const text = flag ?? (env['IMAGEPIPELINE_GATEWAY_PORT']?.trim() || String(DEFAULT_GATEWAY_PORT));
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  problems.push(`${name} is "${text}"; give a whole number from 0 to 65535`);
  return null;
}
