/** Reads Temporal's environment configuration, and refuses what would otherwise be ignored without a word. */
import { existsSync } from 'node:fs';
import {
  type ClientConfigProfile,
  type ClientConnectConfig,
  loadClientConfig,
  loadClientConfigProfile,
  toClientOptions,
} from '@temporalio/envconfig';
import type { Environment } from '../workflows/domain/base/environment';
import { TemporalSettingsError } from './errors';

const FLAGS = ['TEMPORAL_TLS', 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'] as const;
/** Everything else means false to Temporal's own reader. */
const FLAG_VALUES: readonly string[] = ['true', 'false', '1', '0'];
/** Empty, these remove a header of the file. */
const HEADERS = 'TEMPORAL_GRPC_META_';
const ALWAYS_VERIFIED =
  "Temporal's TypeScript SDK always verifies the server; remove the setting, and set " +
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH to the authority of the certificate, TEMPORAL_TLS_SERVER_NAME to its name';

/** @throws TemporalSettingsError with every problem */
export function readConnectConfig(env: Environment): ClientConnectConfig {
  const variables = pickVariables(env);
  const problems: string[] = [];
  for (const name of FLAGS) {
    const value = variables[name];
    if (value !== undefined && !FLAG_VALUES.includes(value))
      problems.push(`${name} is ${JSON.stringify(value)}; must be true or false`);
  }
  if (['true', '1'].includes(variables['TEMPORAL_TLS_DISABLE_HOST_VERIFICATION'] ?? ''))
    problems.push(`TEMPORAL_TLS_DISABLE_HOST_VERIFICATION is true, which is not supported: ${ALWAYS_VERIFIED}`);
  const file = variables['TEMPORAL_CONFIG_FILE'];
  if (file !== undefined && !existsSync(file))
    problems.push(`TEMPORAL_CONFIG_FILE is ${JSON.stringify(file)}; there is no such file`);
  else problems.push(...findFileProblems(variables));
  const read = readProfile(variables);
  if (typeof read === 'string') problems.push(read);
  else problems.push(...findPairProblems(read.profile));
  if (problems.length > 0 || typeof read === 'string') throw new TemporalSettingsError(problems);
  return read.config;
}

/** A variable that is empty counts as not set. */
function pickVariables(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => {
      const isUnset =
        value === undefined || (value === '' && name.startsWith('TEMPORAL_') && !name.startsWith(HEADERS));
      return isUnset ? [] : [[name, value]];
    }),
  );
}

function readProfile(
  overrideEnvVars: Record<string, string>,
): { readonly profile: ClientConfigProfile; readonly config: ClientConnectConfig } | string {
  try {
    const profile = loadClientConfigProfile({ overrideEnvVars });
    return { profile, config: toClientOptions(profile) };
  } catch (error) {
    return `the settings of Temporal (TEMPORAL_*) cannot be read: ${toReason(error)}`;
  }
}

/** What the selected profile of the file sets that is not read. Other profiles are not used. */
function findFileProblems(overrideEnvVars: Record<string, string>): readonly string[] {
  try {
    loadClientConfig({ overrideEnvVars, configFileStrict: true });
    return [];
  } catch (error) {
    const name = overrideEnvVars['TEMPORAL_PROFILE'] ?? 'default';
    const reason = toReason(error);
    const isOwn = [`profile.${name}:`, `profile.${name}.tls:`, `profile.${name}.codec:`].some((part) =>
      reason.includes(part),
    );
    // A file that is no TOML is reported by the reader of the profile.
    if (!isOwn) return [];
    const why = reason.includes('disable_host_verification') ? `; ${ALWAYS_VERIFIED}` : '; it has no effect: remove it';
    return [`the configuration file of Temporal: ${reason}${why}`];
  }
}

/** A certificate without a key, or the reverse, is not used. */
function findPairProblems({ tls }: ClientConfigProfile): readonly string[] {
  const hasCert = tls?.clientCert !== undefined;
  if (hasCert === (tls?.clientKey !== undefined)) return [];
  const [given, missing] = hasCert ? ['CERT', 'KEY'] : ['KEY', 'CERT'];
  return [
    `TEMPORAL_TLS_CLIENT_${given}_PATH (or _DATA) is set, and TEMPORAL_TLS_CLIENT_${missing}_PATH (or _DATA) is not; ` +
      'set both, or none',
  ];
}

function toReason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
