/** The gateway: receives the provider's callbacks and signals the workflows that await them; decodes for Temporal UI. */
import type { Client } from '@temporalio/client';
import { temporalReceiver } from './callbacks/temporal-receiver';
import type { GatewayCounters } from './counters';
import { listen } from './listen';
import { countPending } from './pending-requests';
import { buildGatewayServer, type GatewayServerOptions } from './server';
import type { GatewaySettings } from './settings';

export { type Api, type ApiSettings, createToken, parseApiSettings, startApi, toPlainToken } from './api';
export { GATEWAY_RESULTS } from './counters';
export { watchGateway } from './metrics';
export { type GatewaySettings, parseGatewaySettings } from './settings';

export interface Gateway {
  /** The address on this machine; the public address must forward to it. */
  readonly url: string;
  /** Counts since the start. */
  readonly counters: GatewayCounters;
  /** The number of requests without a complete answer. */
  pending(): number;
  /** Accepts no more connections, answers the requests in progress, then ends. Safe to call twice. */
  close(): Promise<void>;
}

/** @throws GatewayPortError if it cannot listen on the port */
export async function startGateway(
  settings: GatewaySettings,
  client: Client,
  log: GatewayServerOptions['log'],
): Promise<Gateway> {
  const { secrets, host, port } = settings;
  const codec = settings.codec ? { ...settings.codec, namespace: client.options.namespace } : null;
  const { app, counts } = buildGatewayServer({ secrets, receiver: temporalReceiver(client), log, codec });
  const pending = countPending(app.server);
  const setBy = '--gateway-port or IMAGEPIPELINE_GATEWAY_PORT';
  const url = await listen(app, { host, port, what: 'the gateway', setBy });
  return {
    url,
    get counters() {
      return counts.counters;
    },
    pending,
    close: () => app.close(),
  };
}
