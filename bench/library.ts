/**
 * The library plans and starts 200,000 rows from a generator (`node dist/bench/library.js [rows]`), then cancels them.
 * Measures the service that calls it. Server, emulator, worker and service are separate processes on one machine.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type BatchRow, ImagePipelineClient } from '../client';
import { resolveTemporalCli, startTemporalServer } from '../tools/temporal';
import { LEAN, readAddress, startChild } from './processes';
import { report } from './report';

const DEFAULT_ROWS = 200_000;
const JOB_MS = 50;
const MIB = 2 ** 20;
/** Argument that makes this program the service. */
const SERVICE = 'service';

/** Output of the service. */
interface Served {
  readonly planSeconds: number;
  readonly startSeconds: number;
  readonly total: number;
  readonly cancelled: number;
  /** Peak resident memory of the service, in bytes. */
  readonly peakBytes: number;
}

async function main(): Promise<void> {
  const [first, second] = process.argv.slice(2);
  if (first === SERVICE) process.stdout.write(JSON.stringify(await serve(Number(second))));
  else await measure(Number(first ?? DEFAULT_ROWS));
}

async function* generateRows(count: number): AsyncGenerator<BatchRow> {
  for (let number = 0; number < count; number += 1) {
    yield { key: `k${number}`, prompt: `benchmark ${number}`, width: 64, height: 64, sku: number };
  }
}

async function serve(count: number): Promise<Served> {
  const client = await ImagePipelineClient.connect({ env: process.env });
  try {
    const begun = performance.now();
    const { valid } = await client.planBatch({ rows: generateRows(count) });
    if (valid !== count) throw new Error(`${valid} of ${count} rows are valid`);
    const planned = performance.now();
    const batch = await client.startBatch({ id: 'library', rows: generateRows(count), concurrency: 4 });
    const started = performance.now();
    await batch.cancel();
    const { counts } = await batch.result();
    const [planSeconds, startSeconds] = [(planned - begun) / 1_000, (started - planned) / 1_000];
    const peakBytes = process.resourceUsage().maxRSS * 1_024;
    return { planSeconds, startSeconds, total: counts.total, cancelled: counts.cancelled, peakBytes };
  } finally {
    await client.close();
  }
}

async function measure(count: number): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-library-'));
  const { path: cliPath } = await resolveTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
  const server = await startTemporalServer({ cliPath, port: 0, uiPort: null });
  const emulator = await startChild(['emulator', '--job-ms', String(JOB_MS)], process.env);
  const { url, apiKey } = readAddress(emulator);
  const env = {
    ...process.env,
    IMAGEPIPELINE_BASE_URL: url,
    IMAGEPIPELINE_API_KEY: apiKey,
    IMAGEPIPELINE_STORE: folder,
    TEMPORAL_ADDRESS: server.address,
  };
  const worker = await startChild(['worker'], env);
  try {
    const served = await runService(count, { ...env, ...LEAN });
    const about = `${count} rows from a generator, planned, then started and cancelled, server in memory.`;
    process.exitCode = report('library', about, [
      { name: 'memory of the service, peak', value: served.peakBytes / MIB, unit: 'MiB', bar: { atMost: 250 } },
      { name: 'rows planned per second', value: count / served.planSeconds, unit: '/s', bar: { atLeast: 5_000 } },
      { name: 'rows started per second', value: count / served.startSeconds, unit: '/s', bar: { atLeast: 2_000 } },
      { name: 'rows that have an outcome, of all', value: served.total / count, unit: '', bar: { atLeast: 1 } },
      { name: 'of these, cancelled', value: served.cancelled / count, unit: '', bar: { atLeast: 0.9 } },
    ])
      ? 0
      : 1;
  } finally {
    await worker.stop();
    await emulator.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runService(count: number, env: NodeJS.ProcessEnv): Promise<Served> {
  const args = [__filename, SERVICE, String(count)];
  const service = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  service.stdout.on('data', (text: Buffer) => {
    printed += text.toString();
  });
  const [code] = await once(service, 'close');
  if (code !== 0) throw new Error(`the service ended with ${code}`);
  return JSON.parse(printed);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
