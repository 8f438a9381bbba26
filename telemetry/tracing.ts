/**
 * Traces by OpenTelemetry's own variables. Loaded by those who have asked for them; spans carry ids and the names of
 * what ran, and nothing that anybody has written.
 */
import type { Tracing } from './install-tracing';
import type { Environment } from './settings';

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;

/** Whether somebody waits for traces, as OpenTelemetry's variables say it. */
export function isTraced(env: Environment): boolean {
  const isOff = env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true';
  return !isOff && ENDPOINTS.some((name) => (env[name]?.trim() ?? '') !== '');
}

/** Installs tracing for the whole process; `null` unless it was asked for. */
export async function startTracing(env: Environment): Promise<Tracing | null> {
  if (!isTraced(env)) return null;
  const { installTracing } = await import('./install-tracing');
  return installTracing(env);
}
