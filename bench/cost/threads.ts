/** CPU time of a process by the kind of its threads, by the kernel's accounting. Linux only. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What a worker's threads do. */
export const THREAD_KINDS = ['main', 'workflows', 'V8', 'files', 'native'] as const;
export type ThreadKind = (typeof THREAD_KINDS)[number];

/** CPU ms by kind of thread. */
export type ThreadCosts = Readonly<Record<ThreadKind, number>>;

const TICK_MS = 1_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Threads that Node starts before anything runs: compilation and garbage collection, delayed tasks, signals. */
const V8_THREADS = 6;
/** Threads of libuv's pool, started together by the first call that needs one. */
const POOL_THREADS = 4;

/** User and system time of all threads of a process, ended ones included, in ms. */
export function readCpuMs(pid: number): number {
  return readStat(`/proc/${pid}/stat`).cpuMs;
}

/** Reads the threads that exist. Node's own have no names; the order in which they start distinguishes them. */
export function readThreadCosts(pid: number): ThreadCosts {
  const costs = { main: 0, workflows: 0, V8: 0, files: 0, native: 0 };
  const ids = readdirSync(`/proc/${pid}/task`).map(Number);
  const threads = ids.sort((one, other) => one - other).map((id) => readStat(`/proc/${pid}/task/${id}/stat`));
  let nodes = 0;
  for (const { name, cpuMs } of threads) {
    costs[name === 'node' ? toKind(nodes) : 'native'] += cpuMs;
    if (name === 'node') nodes += 1;
  }
  return costs;
}

/** @param index among the threads that are called `node` */
function toKind(index: number): ThreadKind {
  if (index === 0) return 'main';
  if (index <= V8_THREADS) return 'V8';
  return index <= V8_THREADS + POOL_THREADS ? 'files' : 'workflows';
}

function readStat(file: string): { readonly name: string; readonly cpuMs: number } {
  const stat = readFileSync(file, 'utf8');
  // The name may contain spaces and parentheses; the fields after it do not.
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  const name = stat.slice(stat.indexOf('(') + 1, end);
  return { name, cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS };
}
