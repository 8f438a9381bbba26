/** What of a span may leave the process: the listed attributes, and of a failure that it was one. */
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

/** Ids, as Temporal's interceptors name them. */
const ATTRIBUTES = [
  'run_id',
  'runId',
  'workflowId',
  'workflowType',
  'taskQueue',
  'namespace',
  'temporalWorkflowId',
  'temporalActivityId',
  'temporalUpdateId',
] as const;

/** Events and status messages quote errors, which may quote anything. */
export function keepListed(exporter: SpanExporter): SpanExporter {
  return {
    export: (spans, done) => exporter.export(spans.map(listed), done),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}

function listed(span: ReadableSpan): ReadableSpan {
  const attributes = Object.fromEntries(
    ATTRIBUTES.flatMap((name) => {
      const value = span.attributes[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  // A view over the span, since some of what it has are getters of its class.
  return Object.create(span, {
    attributes: { value: attributes },
    events: { value: [] },
    status: { value: { code: span.status.code } },
  });
}
