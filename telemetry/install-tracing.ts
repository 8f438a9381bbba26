/** Loads OpenTelemetry. The exporter reads endpoint, headers and timeouts from the environment. */
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResourcesSync, envDetectorSync, Resource } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { AsyncContextManager } from './async-context';
import { keepListed } from './listed-spans';
import type { Environment } from './settings';

const SERVICE = 'imagepipeline';

export function installTracing(env: Environment): Tracing {
  // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES take precedence.
  const named = detectResourcesSync({ detectors: [envDetectorSync] });
  const service = env['OTEL_SERVICE_NAME']?.trim() || named.attributes['service.name'] || SERVICE;
  const resource = named.merge(new Resource({ 'service.name': service }));
  const spanProcessor = new BatchSpanProcessor(keepListed(new OTLPTraceExporter()));
  const provider = new BasicTracerProvider({ resource, spanProcessors: [spanProcessor] });
  provider.register({ contextManager: new AsyncContextManager() });
  return { end: () => provider.shutdown() };
}

export interface Tracing {
  /** Flushes pending spans; nothing is traced afterwards. */
  end(): Promise<void>;
}
