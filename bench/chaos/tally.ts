/** How often each trouble was done, so that a run without violations can be told from one in which nothing happened. */
import type { Ledger } from '../../emulator';
import { BLOWS } from './plan';
import type { SeedReport } from './suite';
import { TROUBLE_NAMES } from './troubles';

type Counts = Readonly<Record<string, number>>;

/** What the provider did, by its own books; answers and delays that a rule gives word for word are not in them. */
export function doneByProvider({ faults, refused, jobs }: Pick<Ledger, 'faults' | 'refused' | 'jobs'>): Counts {
  return sumOf([
    faults,
    ...Object.entries(refused).map(([code, count]) => ({ [`refused:${code}`]: count })),
    ...jobs.map(({ code }): Counts => (code === null ? {} : { [`job:${code}`]: 1 })),
  ]);
}

/** Lines of a table of everything that was planned for items, done by the provider, or struck. */
export function tallyLines(seeds: readonly SeedReport[]): readonly string[] {
  const planned = sumOf(seeds.flatMap(({ plan }) => plan.troubles.map(({ trouble, times }) => ({ [trouble]: times }))));
  const struck = sumOf(seeds.flatMap((seed) => seed.struck.map((blow) => ({ [blow]: 1 }))));
  return [
    ...section('planned for items', TROUBLE_NAMES, planned),
    ...section('done by the provider', [], sumOf(seeds.map(({ provider }) => provider))),
    ...section('struck', BLOWS, struck),
  ];
}

/** With a line for each of `names`, also where there was none. */
function section(title: string, names: readonly string[], counts: Counts): readonly string[] {
  const all = [...new Set([...names, ...Object.keys(counts).sort()])];
  return [`${title}:`, ...all.map((name) => `  ${String(counts[name] ?? 0).padStart(6)} ${name}`)];
}

function sumOf(all: readonly Counts[]): Counts {
  const sum: Record<string, number> = {};
  for (const [name, count] of all.flatMap(Object.entries<number>)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
