/**
 * One batch with two workers and callbacks: on PostgreSQL, with the services of docker-compose.yml as plain processes, and
 * on the development server in memory. All are separate processes on one machine and use only loopback.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { missingForStack, startStack } from '../tools/compose/stack';
import { resolveTemporalCli, startTemporalServer } from '../tools/temporal';
import { findPackageRoot } from '../tools/temporal/package-root';
import { type Child, MemoryWatch, readAddress, readUrl, startChild } from './processes';
import { type Figure, report } from './report';
import { writeRows } from './rows';

const ITEMS = 5_000;
const JOB_MS = 5;
const CONCURRENCY = 100;
const MIB = 2 ** 20;
const ROOT = findPackageRoot();

interface Run {
  readonly itemsPerSecond: number;
  /** Peak memory of the larger worker. */
  readonly workerBytes: number;
}

/** The services of a batch on either server. */
interface Site {
  readonly env: NodeJS.ProcessEnv;
  readonly workers: readonly number[];
}

async function main(): Promise<void> {
  const missing = missingForStack(process.env);
  if (missing !== null) throw new Error(missing);
  const items = Number(process.argv[2] ?? ITEMS);
  const { path: cliPath } = await resolveTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
  const onPostgres = await inFolder((folder) => measureOnPostgres(cliPath, items, folder));
  const inMemory = await inFolder((folder) => measureInMemory(cliPath, items, folder));
  const about =
    `${items} items, jobs of ${JOB_MS} ms, ${CONCURRENCY} in flight at most, two workers, callbacks. ` +
    'PostgreSQL writes to disk with its defaults.';
  process.exitCode = report('postgres', about, listFigures(onPostgres, inMemory)) ? 0 : 1;
}

function listFigures(onPostgres: Run, inMemory: Run): readonly Figure[] {
  const share = (onPostgres.itemsPerSecond / inMemory.itemsPerSecond) * 100;
  return [
    { name: 'items per second, PostgreSQL', value: onPostgres.itemsPerSecond, unit: '/s', bar: { atLeast: 8 } },
    { name: 'items per second, development server', value: inMemory.itemsPerSecond, unit: '/s', bar: { atLeast: 15 } },
    { name: 'PostgreSQL beside the development server', value: share, unit: '%', bar: { atLeast: 25 } },
    {
      name: 'memory of a worker as in docker-compose.yml, peak',
      value: onPostgres.workerBytes / MIB,
      unit: 'MiB',
      bar: { atMost: 900 },
    },
    { name: 'memory of a worker, peak', value: inMemory.workerBytes / MIB, unit: 'MiB', bar: { atMost: 900 } },
  ];
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-postgres-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureOnPostgres(cliPath: string, items: number, folder: string): Promise<Run> {
  const emulatorArguments = ['--job-ms', String(JOB_MS)];
  const stack = await startStack({ env: process.env, packageRoot: ROOT, cliPath, folder, emulatorArguments });
  try {
    const workers = [await stack.startWorker('emulator-worker'), await stack.startWorker('emulator-worker')];
    return await measure({ env: stack.cliEnv, workers: workers.map(({ pid }) => pid) }, items, folder);
  } finally {
    await stack.close();
  }
}

async function measureInMemory(cliPath: string, items: number, folder: string): Promise<Run> {
  const server = await startTemporalServer({ cliPath, port: 0, uiPort: null });
  const children: Child[] = [];
  const start = async (args: readonly string[], env: NodeJS.ProcessEnv) => {
    const child = await startChild(args, { ...process.env, ...env });
    children.push(child);
    return child;
  };
  try {
    const env = await settingsInMemory(server.address, folder, start);
    const workers = [await start(['worker'], env), await start(['worker'], env)];
    return await measure({ env, workers: workers.map(({ process: { pid = 0 } }) => pid) }, items, folder);
  } finally {
    for (const child of children.reverse()) await child.stop();
    await server.stop();
  }
}

/** Starts emulator and gateway, and returns their addresses. */
async function settingsInMemory(
  address: string,
  folder: string,
  start: (args: readonly string[], env: NodeJS.ProcessEnv) => Promise<Child>,
): Promise<NodeJS.ProcessEnv> {
  const common = { TEMPORAL_ADDRESS: address, IMAGEPIPELINE_CALLBACK_SECRET: randomBytes(32).toString('hex') };
  // With a state file, like the service.
  const words = ['--job-ms', String(JOB_MS), '--state-file', path.join(folder, 'emulator.jsonl')];
  const { url, apiKey } = readAddress(await start(['emulator', ...words], {}));
  const gateway = await start(['gateway', '--gateway-port', '0'], common);
  return {
    ...common,
    IMAGEPIPELINE_BASE_URL: url,
    IMAGEPIPELINE_API_KEY: apiKey,
    IMAGEPIPELINE_CALLBACK_URL: readUrl(gateway),
    IMAGEPIPELINE_STORE: path.join(folder, 'store'),
  };
}

async function measure({ env, workers }: Site, items: number, folder: string): Promise<Run> {
  const file = await writeRows(path.join(folder, 'rows.csv'), items);
  const watches = workers.map((pid) => new MemoryWatch(pid));
  try {
    const begun = performance.now();
    await runBatch(file, env);
    const seconds = (performance.now() - begun) / 1_000;
    return { itemsPerSecond: items / seconds, workerBytes: Math.max(...watches.map((watch) => watch.stop())) };
  } finally {
    for (const watch of watches) watch.stop();
  }
}

async function runBatch(file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const bin = path.join(ROOT, 'bin', 'imagepipeline.js');
  const args = [bin, 'batch', file, '--id', 'bench', '--json', '--concurrency', String(CONCURRENCY)];
  const stdio = ['ignore', 'ignore', 'inherit'] as const;
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: [...stdio] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`imagepipeline batch ended with ${code}`);
}

// An exit ends the services; a signal alone would not.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
