/**
 * One batch of 100,000 items with jobs of 1 ms (`node dist/bench/scale.js [items]`), watched by its status while it runs. Server, emulator,
 * worker and service are separate processes on one machine; the server writes its database to disk.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ImagePipelineClient } from '../client';
import { resolveTemporalCli, startTemporalServer, type TemporalServer } from '../tools/temporal';
import { LEAN, readAddress, startChild } from './processes';
import { type Figure, report } from './report';
import { fetchHistories, type Histories } from './scale/histories';
import { readEnds, type Samples, watchBatch } from './scale/samples';

const DEFAULT_ITEMS = 100_000;
const JOB_MS = 1;
const CONCURRENCY = 100;
const ID = 'scale';
const MIB = 2 ** 20;
const KIB = 2 ** 10;

interface Run {
  readonly items: number;
  readonly succeeded: number;
  readonly seconds: number;
  readonly samples: Samples;
  readonly histories: Histories;
  readonly databaseBytes: number;
}

async function main(): Promise<void> {
  const items = Number(process.argv[2] ?? DEFAULT_ITEMS);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-scale-'));
  const { path: cliPath } = await resolveTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
  const dbFile = path.join(folder, 'temporal.db');
  const server = await startTemporalServer({ cliPath, port: 0, uiPort: null, dbFile });
  try {
    const run = await measure(server, folder, dbFile, items);
    const about =
      `${items} items, jobs of ${JOB_MS} ms, ${CONCURRENCY} in flight at most, server on disk; status read once a second. ` +
      `${run.samples.count} reads in ${run.seconds.toFixed(0)} s.`;
    process.exitCode = report('scale', about, listFigures(run)) ? 0 : 1;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(server: TemporalServer, folder: string, dbFile: string, items: number): Promise<Run> {
  const emulator = await startChild(['emulator', '--job-ms', String(JOB_MS)], process.env);
  const { url, apiKey } = readAddress(emulator);
  const store = path.join(folder, 'store');
  const env = {
    ...process.env,
    IMAGEPIPELINE_BASE_URL: url,
    IMAGEPIPELINE_API_KEY: apiKey,
    IMAGEPIPELINE_STORE: store,
    TEMPORAL_ADDRESS: server.address,
  };
  const worker = await startChild(['worker'], { ...env, ...LEAN });
  const client = await ImagePipelineClient.connect({ env });
  try {
    const batch = await client.startBatch({ id: ID, rows: listRows(items), concurrency: CONCURRENCY });
    const begun = performance.now();
    const pids = {
      server: server.pid,
      worker: worker.process.pid ?? 0,
      emulator: emulator.process.pid ?? 0,
      service: process.pid,
    };
    const samples = await watchBatch(batch, pids);
    const seconds = (performance.now() - begun) / 1_000;
    const { counts } = await batch.result();
    const histories = await fetchHistories(client.temporal, ID);
    const known = { items, succeeded: counts.succeeded, seconds, histories };
    return {
      ...known,
      samples: samples.compare(readEnds(path.join(store, 'batches', ID, 'items'))),
      databaseBytes: sizeOf(dbFile),
    };
  } finally {
    await client.close();
    await worker.stop();
    await emulator.stop();
  }
}

async function* listRows(items: number) {
  for (let item = 0; item < items; item += 1) {
    yield { key: `k${item}`, prompt: `benchmark ${item}`, width: 64, height: 64 };
  }
}

function sizeOf(dbFile: string): number {
  return [dbFile, `${dbFile}-wal`].reduce(
    (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

function listFigures({ items, succeeded, seconds, samples, histories, databaseBytes }: Run): readonly Figure[] {
  const { staleMs, readMs, falls, peakBytes, secondHalf } = samples;
  return [
    { name: 'items that succeeded, of all', value: succeeded / items, unit: '', bar: { atLeast: 1 } },
    { name: 'items per second', value: items / seconds, unit: '/s', bar: { atLeast: 15 } },
    { name: 'pace of the second half, of the first', value: secondHalf.pace, unit: '', bar: { atLeast: 0.8 } },
    { name: 'counts that fell', value: falls, unit: '', bar: { atMost: 0 } },
    { name: 'age of the counts, median', value: staleMs.median, unit: 'ms', bar: { atMost: 1_000 } },
    { name: 'age of the counts, p99', value: staleMs.p99, unit: 'ms', bar: { atMost: 2_000 } },
    { name: 'age of the counts, maximum', value: staleMs.maximum, unit: 'ms', bar: { atMost: 5_000 } },
    { name: 'time that a status takes, p99', value: readMs.p99, unit: 'ms', bar: { atMost: 2_000 } },
    { name: 'history events per item', value: histories.events / items, unit: '', bar: { atMost: 14 } },
    { name: 'longest history of a page', value: histories.longestPage, unit: 'events', bar: { atMost: 10_000 } },
    {
      name: 'longest history of the coordinator',
      value: histories.longestBatch,
      unit: 'events',
      bar: { atMost: 10_000 },
    },
    { name: 'largest history', value: histories.largestBytes / MIB, unit: 'MiB', bar: { atMost: 20 } },
    { name: 'database per item', value: databaseBytes / items / KIB, unit: 'KiB', bar: { atMost: 20 } },
    { name: 'memory of the worker, peak', value: peakBytes.worker / MIB, unit: 'MiB', bar: { atMost: 900 } },
    {
      name: 'memory of the worker, second half, of the first',
      value: secondHalf.worker,
      unit: '',
      bar: { atMost: 1.25 },
    },
    { name: 'memory of the server, peak', value: peakBytes.server / MIB, unit: 'MiB', bar: { atMost: 1_500 } },
    { name: 'memory of the service, peak', value: peakBytes.service / MIB, unit: 'MiB', bar: { atMost: 250 } },
    { name: 'memory of the emulator, peak', value: peakBytes.emulator / MIB, unit: 'MiB', bar: { atMost: 1_500 } },
  ];
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
