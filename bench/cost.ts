/**
 * CPU time per item of each process, by the kernel's accounting, for this build and, in alternation, for another one.
 * Figures are ratios of one run on one machine: compare two builds, not two days.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findPackageRoot } from '../tools/temporal/package-root';
import { CONCURRENCY, type Cost, JOB_MS, measure } from './cost/measure';
import type { CauseShares } from './cost/profiles';
import { THREAD_KINDS } from './cost/threads';
import { reportSheet } from './report';

interface Build {
  readonly name: string;
  /** The root of a built checkout. */
  readonly root: string;
}

/** Causes with a smaller share of their thread are not listed. */
const MIN_SHARE = 0.02;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      items: { type: 'string', default: '2000' },
      rounds: { type: 'string', default: '3' },
      against: { type: 'string' },
      profile: { type: 'boolean', default: false },
      size: { type: 'string', default: '64' },
      format: { type: 'string', default: 'webp' },
    },
  });
  const items = Number(values.items);
  const env = process.env;
  const pictures = { size: Number(values.size), format: values.format };
  if (values.profile) {
    const cost = await measure({ root: findPackageRoot(), items, rows: pictures, isProfiled: true, env });
    reportCauses(cost, items);
    return;
  }
  const builds: readonly Build[] = [
    ...(values.against === undefined ? [] : [{ name: 'before', root: path.resolve(values.against) }]),
    { name: 'this build', root: findPackageRoot() },
  ];
  const costs = new Map<string, Cost[]>(builds.map(({ name }) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const { name, root } of builds) {
      const cost = await measure({ root, items, rows: pictures, isProfiled: false, env });
      process.stderr.write(`${name}: worker ${cost.worker.toFixed(2)}, server ${cost.server.toFixed(2)}\n`);
      costs.get(name)?.push(cost);
    }
  }
  const kind = `${values.format}, ${values.size} × ${values.size}`;
  const rows = builds.map(({ name }) => toRow(name, kind, costs.get(name) ?? []));
  const about = `${items} items of ${JOB_MS} ms, ${CONCURRENCY} in flight at most, server in memory; median of ${values.rounds} runs.`;
  reportSheet('cost', about, { columns: COLUMNS, rows, order: ['before', 'this build'] });
}

const COLUMNS = [
  'Build',
  'Pictures',
  'CPU ms per item: worker',
  'server',
  'worker + server',
  'command',
  'emulator',
  'items per second',
  ...THREAD_KINDS.map((kind) => (kind === 'main' ? 'worker by threads: main' : kind)),
];

function toRow(name: string, kind: string, costs: readonly Cost[]): readonly string[] {
  const of = (figure: (cost: Cost) => number) => median(costs.map(figure)).toFixed(2);
  return [
    name,
    kind,
    of(({ worker }) => worker),
    of(({ server }) => server),
    of(({ worker, server }) => worker + server),
    of(({ command }) => command),
    of(({ emulator }) => emulator),
    of(({ itemsPerSecond }) => itemsPerSecond),
    ...THREAD_KINDS.map((kind) => of(({ threads }) => threads[kind])),
  ];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The causes of the worker's two threads that run JavaScript, in CPU ms per item. */
function reportCauses({ threads, causes }: Cost, items: number): void {
  const toRows = (thread: 'main' | 'workflows', shares: CauseShares): readonly (readonly string[])[] =>
    [...shares]
      .filter(([, share]) => share >= MIN_SHARE)
      .map(([cause, share]) => [thread, cause, (share * threads[thread]).toFixed(2), `${(100 * share).toFixed(0)} %`]);
  const rows = causes === null ? [] : [...toRows('main', causes.main), ...toRows('workflows', causes.workflows)];
  reportSheet('cost-causes', `${items} items; the worker with V8's profiler, which makes it slower.`, {
    columns: ['Thread of the worker', 'Cause', 'CPU ms per item', 'Share of the thread'],
    rows,
    order: ['main', 'workflows'],
    isWhole: true,
  });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
