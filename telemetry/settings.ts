/** Telemetry settings: read from the environment once; problems are reported by variable name. */
import { getOwn } from '../workflows/domain/base/own-value';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface MetricsSettings {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
}

export const LOG_FORMATS = ['text', 'json'] as const;
type LogFormat = (typeof LOG_FORMATS)[number];

/** Names of Temporal's SDK, from least to most severe. */
export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogSettings {
  readonly format: LogFormat;
  /** Minimum level that is written. */
  readonly level: LogLevel;
}

export interface TelemetrySettings {
  /** `null`: metrics are not served. */
  readonly metrics: MetricsSettings | null;
  readonly log: LogSettings;
}

/** Local by default, because everyone who reaches the port can read it. */
const DEFAULT_HOST = '127.0.0.1';
const MAX_PORT = 65_535;

/**
 * Reads IMAGEPIPELINE_METRICS_PORT (absent: not served; 0: a free port), IMAGEPIPELINE_METRICS_HOST (default
 * 127.0.0.1), IMAGEPIPELINE_LOG_FORMAT (text or json, default text) and IMAGEPIPELINE_LOG_LEVEL (default warn).
 *
 * @param problems receives one sentence per problem, with the variable's name
 */
export function parseTelemetrySettings(env: Environment, problems: string[]): TelemetrySettings {
  return {
    metrics: parseMetrics(env, problems),
    log: {
      format: parseChoice(env, 'IMAGEPIPELINE_LOG_FORMAT', LOG_FORMATS, 'text', problems),
      level: parseChoice(env, 'IMAGEPIPELINE_LOG_LEVEL', LOG_LEVELS, 'WARN', problems),
    },
  };
}

function parseMetrics(env: Environment, problems: string[]): MetricsSettings | null {
  const port = env['IMAGEPIPELINE_METRICS_PORT']?.trim();
  if (!port) return null;
  if (!/^\d{1,5}$/.test(port) || Number(port) > MAX_PORT) {
    problems.push(
      `IMAGEPIPELINE_METRICS_PORT is "${port}"; expected a whole number from 0 (a free port) to ${MAX_PORT}`,
    );
  }
  return { host: env['IMAGEPIPELINE_METRICS_HOST']?.trim() || DEFAULT_HOST, port: Number(port) };
}

/** Case-insensitive. */
function parseChoice<T extends string>(
  env: Environment,
  name: string,
  choices: readonly T[],
  byDefault: T,
  problems: string[],
): T {
  const value = getOwn(env, name)?.trim();
  if (!value) return byDefault;
  const chosen = choices.find((choice) => choice.toLowerCase() === value.toLowerCase());
  if (chosen === undefined) {
    problems.push(`${name} is "${value}"; expected ${choices.map((choice) => choice.toLowerCase()).join(', ')}`);
  }
  return chosen ?? byDefault;
}
