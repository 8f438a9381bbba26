/** V8's CPU profiles of a worker: how the CPU time of a thread is divided among packages and our folders. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  /** Ids of nodes. */
  readonly samples: readonly number[];
  /** Time before each sample, in µs. */
  readonly timeDeltas: readonly number[];
}

/** Share of a thread's busy time by cause, the largest first. */
export type CauseShares = ReadonlyMap<string, number>;

/**
 * Reads the profiles that `--cpu-prof` has written: of the main thread, and of the workflow thread. A preempted thread is
 * counted as busy, so only shares are meaningful.
 */
export function readProfiles(folder: string): { readonly main: CauseShares; readonly workflows: CauseShares } {
  const shares = { main: new Map<string, number>(), workflows: new Map<string, number>() };
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'))) {
    // CPU.<date>.<time>.<pid>.<thread>.<number>.cpuprofile
    const [, , , , thread] = name.split('.');
    const profile: Profile = JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
    shares[thread === '0' ? 'main' : 'workflows'] = toShares(profile);
  }
  return shares;
}

function toShares({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const causes = new Map(nodes.map((node) => [node.id, toCause(node)] as const));
  const times = new Map<string, number>();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const cause = causes.get(id) ?? null;
    if (cause === null) continue;
    const time = timeDeltas[index] ?? 0;
    busy += time;
    times.set(cause, (times.get(cause) ?? 0) + time);
  }
  const sorted = [...times].sort(([, one], [, other]) => other - one);
  return new Map(sorted.map(([cause, time]) => [cause, time / busy]));
}

/** Returns `null` for idle time. */
function toCause({ callFrame: { functionName, url } }: ProfileNode): string | null {
  if (functionName === '(idle)') return null;
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (url === '') return functionName === 'runInContext' ? 'entering workflows' : "Node's native functions";
  const [, inPackage] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (inPackage !== undefined) return inPackage;
  if (url.startsWith('node:')) return "Node's own code";
  if (url.includes('workflow-bundle')) return 'code of workflows, and the SDK in it';
  const [, ours] = /\/dist\/([^/]+(?:\/[^/]+)?)\//.exec(url) ?? [];
  return ours ?? 'other';
}
