/** What is shown to operators and where: read from the environment once, every problem by variable name. */
import { getOwn } from '../workflows/domain/base/own-value';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface MetricsSettings {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
}

export const LOG_FORMATS = ['text', 'json'] as const;
type LogFormat = (typeof LOG_FORMATS)[number];

/** As Temporal's SDK names them, from the most to the least. */
export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogSettings {
  readonly format: LogFormat;
  /** What is less than this is not written. */
  readonly level: LogLevel;
}

export interface TelemetrySettings {
  /** `null`: nothing is served. */
  readonly metrics: MetricsSettings | null;
  readonly log: LogSettings;
}

/** Whoever may reach the port may read, so nobody else's machine unless it is asked for. */
const DEFAULT_HOST = '127.0.0.1';
const MAX_PORT = 65_535;

/**
 * Reads IMAGEPIPELINE_METRICS_PORT (absent: nothing is served; 0: a free one), IMAGEPIPELINE_METRICS_HOST (default
 * 127.0.0.1), IMAGEPIPELINE_LOG_FORMAT (text or json, default text) and IMAGEPIPELINE_LOG_LEVEL (default warn).
 *
 * @param problems is added to: one sentence each, with the variable's name
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
    problems.push(`IMAGEPIPELINE_METRICS_PORT is "${port}"; give a whole number from 0 (a free one) to ${MAX_PORT}`);
  }
  return { host: env['IMAGEPIPELINE_METRICS_HOST']?.trim() || DEFAULT_HOST, port: Number(port) };
}

/** However it is capitalised. */
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
    problems.push(`${name} is "${value}"; give ${choices.map((choice) => choice.toLowerCase()).join(', ')}`);
  }
  return chosen ?? byDefault;
}
