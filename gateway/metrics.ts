/** Shows how a gateway is, on a private port: its public one leads to nothing but callbacks and health. */
import type { Client } from '@temporalio/client';
import { type MetricsSettings, type PrivateServer, servePrivately } from '../telemetry';
import { temporalReceiver } from './callbacks/temporal-receiver';
import { GATEWAY_RESULTS, type GatewayCounters } from './counters';

export const CALLBACKS_METRIC = 'imagepipeline_gateway_callbacks_total';

/** @throws MetricsPortError if the port cannot be had */
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
    // Counted by the gateway since its start, so that there is one count and not two.
    collect() {
      this.reset();
      for (const result of GATEWAY_RESULTS) this.inc({ result }, gateway.counters[result]);
    },
  });
  return servePrivately(settings, { ready: temporalReceiver(client).ready, metrics: () => registry.metrics() });
}
