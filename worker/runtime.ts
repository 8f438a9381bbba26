/** The SDK's runtime: one for the whole process, to be installed once, before the first worker. */
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Log, LogLevel } from '../telemetry';
import { getMetricRow, METRIC_NAMES } from '../workflows/domain/item/metrics';
import { freePort } from './free-port';

/** Where the SDK shows what was counted in this process: a port of this machine that only our own server asks. */
export interface Counts {
  readonly address: string;
  /** In the text format of Prometheus. */
  read(): Promise<string>;
}

/** Finds a free port for what the SDK counts. */
export async function reserveCounts(): Promise<Counts> {
  const address = `127.0.0.1:${await freePort()}`;
  return { address, read: async () => (await fetch(`http://${address}/metrics`)).text() };
}

interface RuntimeSettings {
  /** What is less is not even made. */
  readonly level: LogLevel;
  /** Takes the SDK's entries and ours. */
  readonly log: Log;
  /** Default `null`: nothing is counted. */
  readonly counts?: Counts | null;
}

/** Installs the SDK's runtime. Once in a process, before its first worker. */
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
