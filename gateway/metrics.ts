/** Serves the gateway's metrics on a private port: the public port serves only callbacks and health. */
import type { Client } from '@temporalio/client';
import { type MetricsSettings, type PrivateServer, servePrivately } from '../telemetry';
import { temporalReceiver } from './callbacks/temporal-receiver';
import { GATEWAY_RESULTS, type GatewayCounters } from './counters';

export const CALLBACKS_METRIC = 'imagepipeline_gateway_callbacks_total';

/** @throws MetricsPortError if it cannot listen on the port */
export async function watchGateway(
  settings: MetricsSettings,
  gateway: { readonly counters: GatewayCounters },
  client: Client,
): Promise<PrivateServer> {
  const { Counter, collectDefaultMetrics, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Counter({
    name: CALLBACKS_METRIC,
    help: 'Requests for callbacks by what became of them',
    labelNames: ['result'],
    registers: [registry],
    // The gateway itself counts; a second count could differ.
    collect() {
      this.reset();
      for (const result of GATEWAY_RESULTS) this.inc({ result }, gateway.counters[result]);
    },
  });
  return servePrivately(settings, { ready: temporalReceiver(client).ready, metrics: () => registry.metrics() });
}
