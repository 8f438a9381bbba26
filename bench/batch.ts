/**
 * Batches of several sizes through `imagepipeline batch` and the emulator, with jobs of a few ms. Server, emulator,
 * worker and command are separate processes on one machine and use only loopback.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ImagePipelineClient } from '../client';
import { resolveTemporalCli, startTemporalServer } from '../tools/temporal';
import { findPackageRoot } from '../tools/temporal/package-root';
import { LEAN, MemoryWatch, readAddress, startChild } from './processes';
import { type Figure, report } from './report';
import { writeRows } from './rows';

const SIZES = [1_000, 5_000];
const JOB_MS = 5;
const CONCURRENCY = 100;
const MIB = 2 ** 20;

interface Run {
  readonly items: number;
  readonly seconds: number;
  readonly eventsPerItem: number;
  readonly longestHistory: number;
  readonly workerBytes: number;
  readonly clientBytes: number;
}

async function main(): Promise<void> {
  const given = process.argv.slice(2).map(Number);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-batch-'));
  const { path: cliPath } = await resolveTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
  const server = await startTemporalServer({ cliPath, port: 0, uiPort: null });
  try {
    const figures: Figure[] = [];
    for (const items of given.length > 0 ? given : SIZES) {
      figures.push(...listFigures(await measure(server.address, path.join(folder, String(items)), items, folder)));
    }
    const about = `Jobs of ${JOB_MS} ms, ${CONCURRENCY} in flight at most, server in memory.`;
    process.exitCode = report('batch', about, figures) ? 0 : 1;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function listFigures(run: Run): readonly Figure[] {
  const { items, seconds, eventsPerItem, longestHistory, workerBytes, clientBytes } = run;
  const of = `, ${items} items`;
  return [
    { name: `items per second${of}`, value: items / seconds, unit: '/s', bar: { atLeast: 15 } },
    { name: `history events per item${of}`, value: eventsPerItem, unit: '', bar: { atMost: 14 } },
    { name: `longest history${of}`, value: longestHistory, unit: 'events', bar: { atMost: 10_000 } },
    { name: `memory of the worker, peak${of}`, value: workerBytes / MIB, unit: 'MiB', bar: { atMost: 900 } },
    { name: `memory of the command, peak${of}`, value: clientBytes / MIB, unit: 'MiB', bar: { atMost: 250 } },
  ];
}

async function measure(address: string, store: string, items: number, folder: string): Promise<Run> {
  const emulator = await startChild(['emulator', '--job-ms', String(JOB_MS)], process.env);
  const { url, apiKey } = readAddress(emulator);
  const settings = { IMAGEPIPELINE_BASE_URL: url, IMAGEPIPELINE_API_KEY: apiKey, IMAGEPIPELINE_STORE: store };
  const env = { ...process.env, ...settings, TEMPORAL_ADDRESS: address };
  const worker = await startChild(['worker'], { ...env, ...LEAN });
  const memory = new MemoryWatch(worker.process.pid ?? 0);
  const id = `bench-${items}`;
  try {
    const file = await writeRows(path.join(folder, `${id}.csv`), items);
    const begun = performance.now();
    const clientBytes = await runBatch(file, id, env);
    const seconds = (performance.now() - begun) / 1_000;
    return { items, seconds, clientBytes, workerBytes: memory.stop(), ...(await fetchHistories(address, id, items)) };
  } finally {
    memory.stop();
    await worker.stop();
    await emulator.stop();
  }
}

/** Runs the command to its end and returns its peak resident memory in bytes. */
async function runBatch(file: string, id: string, env: NodeJS.ProcessEnv): Promise<number> {
  const bin = path.join(findPackageRoot(), 'bin', 'imagepipeline.js');
  const args = [bin, 'batch', file, '--id', id, '--json', '--concurrency', String(CONCURRENCY)];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, residentBytes(child));
  }, 250);
  const [code] = await once(child, 'exit');
  clearInterval(timer);
  if (code !== 0) throw new Error(`imagepipeline batch ended with ${code}`);
  return peak;
}

function residentBytes({ pid, exitCode }: ChildProcess): number {
  if (exitCode !== null) return 0;
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1_024;
}

async function fetchHistories(address: string, id: string, items: number) {
  const client = await ImagePipelineClient.connect({ env: { ...process.env, TEMPORAL_ADDRESS: address } });
  try {
    const query = `WorkflowId = '${id}' OR WorkflowId STARTS_WITH '${id}/'`;
    let [events, longestHistory] = [0, 0];
    for await (const { historyLength } of client.temporal.workflow.list({ query })) {
      events += historyLength;
      longestHistory = Math.max(longestHistory, historyLength);
    }
    return { eventsPerItem: events / items, longestHistory };
  } finally {
    await client.close();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
