/** OpenTelemetry's own variables. Pure. */
import type { Environment } from './environment';

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;

/** Whether OpenTelemetry's variables enable traces. */
export function isTraced(env: Environment): boolean {
  const isOff = env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true';
  return !isOff && ENDPOINTS.some((name) => (env[name]?.trim() ?? '') !== '');
}
