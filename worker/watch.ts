/** Serves the worker's health and metrics on its private port. */
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { type MetricsSettings, type PrivateServer, servePrivately } from '../telemetry';
import { readAccountGauges } from './account-gauges';
import type { Counts } from './runtime';
import type { StoreHealth } from './store-health';
import { withTimeout } from './with-timeout';

export interface WatchOptions extends MetricsSettings {
  /** Metrics of the installed runtime. */
  readonly counts: Counts;
}

export interface Watched {
  /** Whether the worker polls for work. */
  readonly isPolling: () => boolean;
  readonly storeHealth: StoreHealth;
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly dataConverter: DataConverter;
}

/** Timeout of a readiness check, in ms: a probe without an answer takes the worker for dead. */
const ANSWER_TIMEOUT_MS = 2_000;

/** @throws MetricsPortError if the port is not available */
export function watchWorker({ counts, ...at }: WatchOptions, watched: Watched): Promise<PrivateServer> {
  const { connection, namespace, dataConverter } = watched;
  const client = new Client({ connection, namespace, dataConverter });
  return servePrivately(at, {
    ready: () => isReady(watched),
    metrics: async () => (await Promise.all([counts.read(), readAccountGauges(client)])).join('\n'),
  });
}

async function isReady({ isPolling, storeHealth, connection }: Watched): Promise<boolean> {
  if (!isPolling() || !(await storeHealth.isWell())) return false;
  try {
    const asked = connection.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () =>
      connection.workflowService.getSystemInfo({}),
    );
    await withTimeout(ANSWER_TIMEOUT_MS, asked);
    return true;
  } catch {
    // The probe does not need the reason; the SDK logs it.
    return false;
  }
}
