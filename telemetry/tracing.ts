/**
 * Tracing, configured by OpenTelemetry's own variables. Loaded only if it is enabled. Spans contain ids and names of
 * what ran, and no text of users or the provider.
 */
import type { Tracing } from './install-tracing';
import type { Environment } from './settings';

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;

/** Whether OpenTelemetry's variables enable traces. */
export function isTraced(env: Environment): boolean {
  const isOff = env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true';
  return !isOff && ENDPOINTS.some((name) => (env[name]?.trim() ?? '') !== '');
}

/** Installs tracing for the whole process; returns `null` if it is not enabled. */
export async function startTracing(env: Environment): Promise<Tracing | null> {
  if (!isTraced(env)) return null;
  const { installTracing } = await import('./install-tracing');
  return installTracing(env);
}
