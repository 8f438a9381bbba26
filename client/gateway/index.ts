/** The gateway: takes the provider's callbacks and tells the workflows that wait for them; decodes for Temporal UI. */
import type { Client } from '@temporalio/client';
import type { GatewayCounters } from './counters';
import { buildGatewayServer, type GatewayServerOptions } from './server';
import type { GatewaySettings } from './settings';
import { temporalReceiver } from './temporal-receiver';

export { GATEWAY_RESULTS, type GatewayCounters, type GatewayResult } from './counters';
export { watchGateway } from './metrics';
export type { CallbackReceiver } from './server';
export { DEFAULT_GATEWAY_PORT, type GatewaySettings, parseGatewaySettings } from './settings';

export interface Gateway {
  /** For this machine; the public address is whatever leads to it. */
  readonly url: string;
  /** Since the start. */
  readonly counters: GatewayCounters;
  /** Takes no more connections, answers what is under way, then ends. Safe to be called twice. */
  close(): Promise<void>;
}

/** @throws GatewayPortError if the port cannot be had */
export async function startGateway(
  settings: GatewaySettings,
  client: Client,
  log: GatewayServerOptions['log'],
): Promise<Gateway> {
  const { secrets, host, port } = settings;
  const codec = settings.codec ? { ...settings.codec, namespace: client.options.namespace } : null;
  const { app, counts } = buildGatewayServer({ secrets, receiver: temporalReceiver(client), log, codec });
  let url: string;
  try {
    url = await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw new GatewayPortError(host, port, error);
  }
  return {
    url,
    get counters() {
      return counts.counters;
    },
    close: () => app.close(),
  };
}

/** The gateway cannot listen where it was told to. */
export class GatewayPortError extends Error {
  override readonly name = 'GatewayPortError';

  constructor(host: string, port: number, cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    super(
      `the gateway cannot listen on ${host}:${port} (${code}); choose another with --gateway-port or ` +
        'IMAGEPIPELINE_GATEWAY_PORT (0 picks a free one)',
      { cause },
    );
  }
}
