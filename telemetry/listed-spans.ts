/** Limits what a span may contain when it leaves the process: listed attributes, and only the fact of a failure. */
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

/** Ids, named as by Temporal's interceptors. */
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

/** Events and status messages quote errors, which may contain anything. */
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
  // A view of the span, because some of its properties are getters of its class.
  return Object.create(span, {
    attributes: { value: attributes },
    events: { value: [] },
    status: { value: { code: span.status.code } },
  });
}
