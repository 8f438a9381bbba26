/** One batch with a server, an emulator and a worker of its own, and what each process takes for it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Child, LEAN, readAddress, startChild } from '../processes';
import { type RowTerms, writeRows } from '../rows';
import { type CauseShares, readProfiles } from './profiles';
import { readCpuMs, readThreadCosts, type ThreadCosts } from './threads';

export const JOB_MS = 5;
export const CONCURRENCY = 100;

/** CPU ms per item. */
export interface Cost {
  readonly worker: number;
  readonly server: number;
  readonly command: number;
  readonly emulator: number;
  /** Of the worker. */
  readonly threads: ThreadCosts;
  readonly itemsPerSecond: number;
  /** How the worker's threads divide their time; `null` without a profile. */
  readonly causes: { readonly main: CauseShares; readonly workflows: CauseShares } | null;
}

export interface Measurement {
  /** The root of a built checkout. */
  readonly root: string;
  readonly items: number;
  readonly rows: RowTerms;
  readonly isProfiled: boolean;
  readonly env: NodeJS.ProcessEnv;
}

export async function measure({ root, items, rows, isProfiled, env: given }: Measurement): Promise<Cost> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-cost-'));
  const profiles = path.join(folder, 'profiles');
  // The build's own, because its settings of the server are measured too.
  const temporal = (await import(
    path.join(root, 'dist', 'tools', 'temporal')
  )) as typeof import('../../tools/temporal');
  const { path: cliPath } = await temporal.resolveTemporalCli({
    env: given,
    onProgress: (line) => console.error(line),
  });
  const server = await temporal.startTemporalServer({ cliPath, port: 0, uiPort: null });
  const children: Child[] = [];
  try {
    const emulator = await startChild(['emulator', '--job-ms', String(JOB_MS)], given);
    children.push(emulator);
    const { url, apiKey } = readAddress(emulator);
    const settings = {
      IMAGEPIPELINE_BASE_URL: url,
      IMAGEPIPELINE_API_KEY: apiKey,
      IMAGEPIPELINE_STORE: path.join(folder, 'store'),
    };
    const env = { ...given, ...settings, TEMPORAL_ADDRESS: server.address };
    const profiling = isProfiled ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : [];
    const worker = await startChild(['worker'], { ...env, ...LEAN }, root, profiling);
    children.push(worker);
    const file = await writeRows(path.join(folder, 'rows.csv'), items, rows);
    const workerPid = worker.process.pid ?? 0;
    const pids = { worker: workerPid, server: server.pid, emulator: emulator.process.pid ?? 0 };
    const before = { ...readCosts(pids), threads: readThreadCosts(workerPid) };
    const begun = performance.now();
    const command = await runBatch(root, file, env);
    const seconds = (performance.now() - begun) / 1_000;
    const after = { ...readCosts(pids), threads: readThreadCosts(workerPid) };
    for (const child of children.splice(0).reverse()) await child.stop();
    const of = (name: keyof typeof pids) => (after[name] - before[name]) / items;
    return {
      worker: of('worker'),
      server: of('server'),
      emulator: of('emulator'),
      command: command / items,
      threads: divide(subtract(after.threads, before.threads), items),
      itemsPerSecond: items / seconds,
      causes: isProfiled ? readProfiles(profiles) : null,
    };
  } finally {
    for (const child of children.reverse()) await child.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function readCosts<Name extends string>(pids: Readonly<Record<Name, number>>): Record<Name, number> {
  const entries = Object.entries<number>(pids).map(([name, pid]) => [name, readCpuMs(pid)] as const);
  return Object.fromEntries(entries) as Record<Name, number>;
}

function subtract(after: ThreadCosts, before: ThreadCosts): ThreadCosts {
  return mapThreads((kind) => after[kind] - before[kind]);
}

function divide(costs: ThreadCosts, items: number): ThreadCosts {
  return mapThreads((kind) => costs[kind] / items);
}

function mapThreads(toMs: (kind: keyof ThreadCosts) => number): ThreadCosts {
  return {
    main: toMs('main'),
    workflows: toMs('workflows'),
    V8: toMs('V8'),
    files: toMs('files'),
    native: toMs('native'),
  };
}

/** Runs the command to its end and returns its CPU time in ms: the last one that was seen. */
async function runBatch(root: string, file: string, env: NodeJS.ProcessEnv): Promise<number> {
  const bin = path.join(root, 'bin', 'imagepipeline.js');
  const args = [bin, 'batch', file, '--id', 'cost', '--json', '--yes', '--concurrency', String(CONCURRENCY)];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  let cpuMs = 0;
  const timer = setInterval(() => {
    if (child.exitCode === null && child.pid !== undefined) cpuMs = readCpuMs(child.pid);
  }, 100);
  const [code] = await once(child, 'exit');
  clearInterval(timer);
  if (code !== 0) throw new Error(`imagepipeline batch ended with ${code}`);
  return cpuMs;
}
