/** The SDK's runtime: one per process, installed before the first worker. */
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Log, LogLevel } from '../telemetry';
import { getMetricRow, METRIC_NAMES } from '../workflows/domain/item/metrics';
import { freePort } from './free-port';

/** Metrics of the SDK, on a local port that only our own server reads. */
export interface Counts {
  readonly address: string;
  /** Returns the Prometheus text format. */
  read(): Promise<string>;
}

/** Finds a free port for the SDK's metrics. */
export async function reserveCounts(): Promise<Counts> {
  const address = `127.0.0.1:${await freePort()}`;
  return { address, read: async () => (await fetch(`http://${address}/metrics`)).text() };
}

interface RuntimeSettings {
  /** Less severe entries are not created. */
  readonly level: LogLevel;
  /** Receives the entries of the SDK and ours. */
  readonly log: Log;
  /** Default `null`: no metrics. */
  readonly counts?: Counts | null;
}

/** Installs the SDK's runtime. Call once per process, before the first worker. */
export function installRuntime({ level, log, counts = null }: RuntimeSettings): void {
  const logger = new DefaultLogger(level, (entry) => log(entry.level, entry.message, entry.meta));
  Runtime.install({
    logger,
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: 'ERROR' },
      ...(counts === null ? {} : { metrics: exporterAt(counts) }),
    },
  });
}

function exporterAt({ address }: Counts) {
  return {
    attachServiceName: false,
    prometheus: {
      bindAddress: address,
      countersTotalSuffix: true,
      unitSuffix: true,
      useSecondsForDurations: true,
      histogramBucketOverrides: bucketsByName(),
    },
  };
}

function bucketsByName(): Record<string, number[]> {
  return Object.fromEntries(
    METRIC_NAMES.flatMap((name) => {
      const { buckets } = getMetricRow(name);
      return buckets === undefined ? [] : [[name, [...buckets]] as const];
    }),
  );
}
