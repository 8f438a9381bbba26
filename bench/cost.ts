/**
 * CPU time per item of each process, by the kernel's accounting, for this build and, in alternation, for another one.
 * Figures are ratios of one run on one machine: compare two builds, not two days.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { resolveTemporalCli, startTemporalServer } from '../tools/temporal';
import { findPackageRoot } from '../tools/temporal/package-root';
import { type Child, LEAN, readAddress, startChild } from './processes';
import { reportSheet } from './report';
import { writeRows } from './rows';

const JOB_MS = 5;
const CONCURRENCY = 100;
const PROCESSES = ['worker', 'server', 'command', 'emulator'] as const;
type ProcessName = (typeof PROCESSES)[number];

/** CPU ms per item. */
type Cost = Readonly<Record<ProcessName, number>> & { readonly itemsPerSecond: number };

interface Build {
  readonly name: string;
  /** The root of a built checkout. */
  readonly root: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      items: { type: 'string', default: '2000' },
      rounds: { type: 'string', default: '3' },
      against: { type: 'string' },
    },
  });
  const items = Number(values.items);
  const builds: readonly Build[] = [
    ...(values.against === undefined ? [] : [{ name: 'before', root: path.resolve(values.against) }]),
    { name: 'this build', root: findPackageRoot() },
  ];
  const costs = new Map<string, Cost[]>(builds.map(({ name }) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const build of builds) costs.get(build.name)?.push(await measure(build, items));
  }
  const rows = builds.map(({ name }) => toRow(name, costs.get(name) ?? []));
  const about = `${items} items of ${JOB_MS} ms, ${CONCURRENCY} in flight at most, server in memory; median of ${values.rounds} runs.`;
  reportSheet('cost', about, { columns: COLUMNS, rows, order: ['before', 'this build'] });
}

const COLUMNS = [
  'Build',
  'CPU ms per item: worker',
  'server',
  'worker + server',
  'command',
  'emulator',
  'items per second',
];

function toRow(name: string, costs: readonly Cost[]): readonly string[] {
  const of = (figure: (cost: Cost) => number) => median(costs.map(figure)).toFixed(2);
  return [
    name,
    of(({ worker }) => worker),
    of(({ server }) => server),
    of(({ worker, server }) => worker + server),
    of(({ command }) => command),
    of(({ emulator }) => emulator),
    of(({ itemsPerSecond }) => itemsPerSecond),
  ];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Runs a batch with a server, an emulator and a worker of its own. */
async function measure({ root }: Build, items: number): Promise<Cost> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-cost-'));
  const { path: cliPath } = await resolveTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
  const server = await startTemporalServer({ cliPath, port: 0, uiPort: null });
  const children: Child[] = [];
  try {
    const emulator = await startChild(['emulator', '--job-ms', String(JOB_MS)], process.env);
    children.push(emulator);
    const { url, apiKey } = readAddress(emulator);
    const settings = {
      IMAGEPIPELINE_BASE_URL: url,
      IMAGEPIPELINE_API_KEY: apiKey,
      IMAGEPIPELINE_STORE: path.join(folder, 'store'),
    };
    const env = { ...process.env, ...settings, TEMPORAL_ADDRESS: server.address };
    const worker = await startChild(['worker'], { ...env, ...LEAN }, root);
    children.push(worker);
    const file = await writeRows(path.join(folder, 'rows.csv'), items);
    const pids = { worker: worker.process.pid, server: server.pid, emulator: emulator.process.pid };
    const before = readCosts(pids);
    const begun = performance.now();
    const command = await runBatch(root, file, env);
    const seconds = (performance.now() - begun) / 1_000;
    const after = readCosts(pids);
    const of = (name: keyof typeof pids) => (after[name] - before[name]) / items;
    return {
      worker: of('worker'),
      server: of('server'),
      emulator: of('emulator'),
      command: command / items,
      itemsPerSecond: items / seconds,
    };
  } finally {
    for (const child of children.reverse()) await child.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function readCosts<Name extends string>(pids: Readonly<Record<Name, number | undefined>>): Record<Name, number> {
  const entries = Object.entries<number | undefined>(pids).map(([name, pid]) => [name, readCpuMs(pid ?? 0)] as const);
  return Object.fromEntries(entries) as Record<Name, number>;
}

const TICK_MS = 1_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User and system time of all threads of a process, in ms. Linux only. */
function readCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program may contain spaces; the fields after it do not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
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

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
