/** The gateway's settings. Read from the environment once; problems name the variable. */
import { type CallbackSecrets, parseCallbackSecrets } from '../activities/callback';
import type { Environment } from '../workflows/domain/base/environment';
import { getOwn } from '../workflows/domain/base/own-value';
import { type CodecSettings, parseCodecSettings } from './codec/settings';

/** Default port: the one after Temporal UI's. */
const DEFAULT_GATEWAY_PORT = 8234;
const DEFAULT_HOST = '127.0.0.1';

export interface GatewaySettings {
  /** `null`: callbacks are not accepted. */
  readonly secrets: CallbackSecrets | null;
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Default `null`: no codec. */
  readonly codec?: CodecSettings | null;
}

/**
 * Reads IMAGEPIPELINE_CALLBACK_SECRET, IMAGEPIPELINE_GATEWAY_HOST (default 127.0.0.1), the codec's settings and, unless
 * a flag sets the port, IMAGEPIPELINE_GATEWAY_PORT (default 8234). The secret is optional if the gateway serves the API or the codec;
 * without it, callbacks are not accepted. Returns `null` if there are problems, which are added to `problems`.
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
  problems.push(`${name} is "${text}"; must be a whole number from 0 to 65535`);
  return null;
}
