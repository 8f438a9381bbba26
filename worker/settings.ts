/**
 * Worker settings: read from the environment once and checked; all problems are reported together, by variable name.
 */
import {
  type CallbackSettings,
  DEFAULT_READ_COST,
  type NotificationSettings,
  parseCallbackSettings,
  parseNotifySecrets,
  parseStoreSettings,
  readProxies,
  SettingsError,
  type StoreSettings,
} from '../activities';
import { type EncryptionSettings, parseEncryption } from '../payloads';
import { parseTelemetrySettings, type TelemetrySettings } from '../telemetry';
import { isLoopbackName } from '../workflows/domain/base/loopback';
import { getOwn } from '../workflows/domain/base/own-value';
import type { ProxyVariables } from '../workflows/domain/base/proxy-variables';
import type { PaceBounds } from '../workflows/domain/pace/pace';
import { type DeploymentVersion, parseDeployment } from './deployment';

export { SettingsError };

/** Settings of a worker. */
export interface WorkerSettings extends StoreSettings {
  readonly apiKey: string;
  /** Returns the current key, if it may change while the worker runs. Default: `apiKey`. */
  readonly readApiKey?: () => string;
  readonly baseUrl: string;
  /** Limits of the plan; never exceeded, whatever is discovered. */
  readonly bounds: PaceBounds;
  /** Delay that makes one status read worthwhile, as a share of the mean job time, 0.001 to 0.5. Default 0.02. */
  readonly readCost?: number;
  /** Whether results may be downloaded from private networks. Default false. */
  readonly allowPrivateResults?: boolean;
  /** Default `null`: callbacks are off. */
  readonly callbacks?: CallbackSettings | null;
  /** Default: without a secret, so that no notification can be signed. */
  readonly notifications?: NotificationSettings;
  /** HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as far as they are set. Default: no proxy. */
  readonly proxies?: ProxyVariables;
  /** Default `null`: payloads are not encrypted. */
  readonly encryption?: EncryptionSettings | null;
}

/** Settings of a worker that runs as its own process. */
interface WorkerProcessSettings extends WorkerSettings {
  readonly telemetry: TelemetrySettings;
  /** `null` if the worker is not versioned. */
  readonly deployment: DeploymentVersion | null;
}

/** Variables by name, for example `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_BASE_URL = 'https://api.imagepipeline.io';

/**
 * @param cwd base folder for a relative store path
 * @throws SettingsError
 */
export function parseWorkerSettings(env: Environment, cwd: string): WorkerProcessSettings {
  const problems: string[] = [];
  const apiKey = parseApiKey(variable(env, 'IMAGEPIPELINE_API_KEY'), problems);
  const baseUrl = parseBaseUrl(variable(env, 'IMAGEPIPELINE_BASE_URL') ?? DEFAULT_BASE_URL, problems);
  const readCost = parseReadCost(variable(env, 'IMAGEPIPELINE_READ_COST'), problems);
  const allowPrivateResults = parseSwitch(env, 'IMAGEPIPELINE_ALLOW_PRIVATE_RESULTS', problems);
  const callbacks = parseCallbackSettings(env, problems);
  const notifications = {
    secrets: parseNotifySecrets(env, problems),
    allowPrivate: parseSwitch(env, 'IMAGEPIPELINE_ALLOW_PRIVATE_NOTIFICATIONS', problems),
  };
  const encryption = parseEncryption(env, problems);
  const store = parseStoreSettings(env, cwd, problems);
  const bounds = parseBounds(env, problems);
  const telemetry = parseTelemetrySettings(env, problems);
  const proxies = readProxies(env, problems);
  const deployment = parseDeployment(
    variable(env, 'IMAGEPIPELINE_DEPLOYMENT'),
    variable(env, 'IMAGEPIPELINE_BUILD_ID'),
    problems,
  );
  if (problems.length > 0) throw new SettingsError(problems);
  const found = { apiKey, baseUrl, bounds, readCost, allowPrivateResults, callbacks, notifications, encryption };
  return { ...found, proxies, telemetry, deployment, ...store };
}

/** Trimmed; an empty variable counts as unset. */
function variable(env: Environment, name: string): string | undefined {
  const value = getOwn(env, name)?.trim();
  return value === '' ? undefined : value;
}

function parseSwitch(env: Environment, name: string, problems: string[]): boolean {
  const value = variable(env, name) ?? 'off';
  if (value !== 'on' && value !== 'off') problems.push(`${name} is "${value}"; it must be on or off`);
  return value === 'on';
}

function parseBounds(env: Environment, problems: string[]): PaceBounds {
  return {
    maxConcurrency: parseAmount(env, 'IMAGEPIPELINE_MAX_CONCURRENCY', /^[1-9]\d*$/, 'a whole number above 0', problems),
    maxRate: parseAmount(env, 'IMAGEPIPELINE_MAX_RATE', /^\d*\.?\d*[1-9]\d*$/, 'submissions a second', problems),
  };
}

function parseAmount(env: Environment, name: string, form: RegExp, wanted: string, problems: string[]): number | null {
  const value = variable(env, name);
  if (value === undefined) return null;
  if (!form.test(value)) problems.push(`${name} is "${value}"; expected ${wanted}`);
  return Number(value);
}

function parseApiKey(value: string | undefined, problems: string[]): string {
  if (value === undefined) {
    problems.push(
      'IMAGEPIPELINE_API_KEY is not set; set it to your key, or try "imagepipeline dev", which needs no key',
    );
    return '';
  }
  if (!/^[\x21-\x7e]+$/.test(value)) {
    problems.push(
      'IMAGEPIPELINE_API_KEY contains white space or characters that are not allowed in a header; copy it again',
    );
  }
  return value;
}

/** The variable is in percent. */
function parseReadCost(value: string | undefined, problems: string[]): number {
  if (value === undefined) return DEFAULT_READ_COST;
  const percent = /^\d+(\.\d+)?%?$/.test(value) ? Number.parseFloat(value) : Number.NaN;
  if (percent >= 0.1 && percent <= 50) return percent / 100;
  problems.push(
    `IMAGEPIPELINE_READ_COST is "${value}"; expected the delay that one status read is worth, in percent of the mean job ` +
      'time, from 0.1 (many reads) to 50 (few); 2 is the default',
  );
  return DEFAULT_READ_COST;
}

/** Plain http is allowed on this machine only, because it would expose the key on a network. */
function parseBaseUrl(value: string, problems: string[]): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    problems.push(`IMAGEPIPELINE_BASE_URL is "${value}"; expected a URL like ${DEFAULT_BASE_URL}`);
    return value;
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    problems.push(
      'IMAGEPIPELINE_BASE_URL must not carry a user, a query or a fragment; the key goes into IMAGEPIPELINE_API_KEY',
    );
  }
  if (url.protocol === 'http:' && !isLoopbackName(url.hostname)) {
    problems.push(
      `IMAGEPIPELINE_BASE_URL is plain http to ${url.hostname}; use https, because plain http exposes the key`,
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
