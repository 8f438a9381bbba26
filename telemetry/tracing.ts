/**
 * Tracing, configured by OpenTelemetry's own variables. Loaded only if it is enabled. Spans contain ids and names of
 * what ran, and no text of users or the provider.
 */
import { isTraced } from '../workflows/domain/base/trace-variables';
import type { Tracing } from './install-tracing';
import type { Environment } from './settings';

/** Installs tracing for the whole process; returns `null` if it is not enabled. */
export async function startTracing(env: Environment): Promise<Tracing | null> {
  if (!isTraced(env)) return null;
  const { installTracing } = await import('./install-tracing');
  return installTracing(env);
}
