/** Tracing of a worker; loaded only if it is enabled. */
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry/lib/client';
import {
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
} from '@temporalio/interceptors-opentelemetry/lib/worker';
import type { WorkerInterceptors } from '@temporalio/worker';

/** Creates a span per activity attempt and adds its id to the log. */
export function tracingInterceptors(): Required<Pick<WorkerInterceptors, 'client' | 'activity'>> {
  return {
    client: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] },
    activity: [
      (context) => ({
        inbound: new OpenTelemetryActivityInboundInterceptor(context),
        outbound: new OpenTelemetryActivityOutboundInterceptor(context),
      }),
    ],
  };
}
