/**
 * The chaos suite: batches under every fault that can happen, and invariants that must hold nevertheless.
 *
 * node dist/bench/chaos.js [--seeds N] [--items M] [--seed S] [--minutes MAX] [--lanes L] [--with WORDS]
 */
import { parseArgs } from 'node:util';
import { resolveTemporalCli } from '../tools/temporal';
import { formatPlan, makePlan } from './chaos/plan';
import type { SeedReport } from './chaos/seed-report';
import { runSuite } from './chaos/suite';
import { tallyLines } from './chaos/tally';

const DEFAULTS = { seeds: 20, items: 50, minutes: 15, lanes: 8 } as const;
const MINUTE = 60_000;
const EXIT_BY_SIGNAL = 130;
/** Number of violations shown per law and seed. */
const SHOWN = 4;

async function main(): Promise<void> {
  // The exit handler of the children ends all of them.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(EXIT_BY_SIGNAL));
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      items: { type: 'string' },
      seed: { type: 'string' },
      minutes: { type: 'string' },
      lanes: { type: 'string' },
      with: { type: 'string' },
    },
  });
  const count = numberFrom('--seeds', values.seeds ?? (values.seed === undefined ? DEFAULTS.seeds : 1));
  const first = numberFrom('--seed', values.seed ?? Date.now() % 2 ** 30);
  const { path: cliPath } = await resolveTemporalCli({ env: process.env, onProgress: (line) => console.error(line) });
  const { PATH, HOME } = process.env;
  const items = numberFrom('--items', values.items ?? DEFAULTS.items);
  const all = Array.from({ length: count }, (_, index) => first + index);
  const seeds = all.filter((seed) => formatPlan(makePlan(seed, items)).includes(values.with ?? ''));
  console.log(`chaos: ${seeds.length} seeds from ${first}; repeat one with --seed S`);
  const startedAt = Date.now();
  const report = await runSuite({
    seeds,
    items,
    lanes: numberFrom('--lanes', values.lanes ?? DEFAULTS.lanes),
    endAt: startedAt + numberFrom('--minutes', values.minutes ?? DEFAULTS.minutes) * MINUTE,
    cliPath,
    env: { PATH, HOME },
    onSeed: printReport,
  });
  const minutes = (Date.now() - startedAt) / MINUTE;
  const broken = report.seeds.filter(({ violations }) => violations.length > 0);
  for (const line of tallyLines(report.seeds)) console.log(line);
  for (const words of report.violations) console.log(`  ✗ ${words}`);
  console.log(
    `${report.seeds.length} of ${seeds.length} seeds in ${minutes.toFixed(1)} min ` +
      `(${(report.seeds.length / minutes).toFixed(1)} a minute); ${broken.length} with violations` +
      `${broken.length === 0 ? '' : `: ${broken.map(({ plan }) => plan.seed).join(', ')}`}`,
  );
  process.exitCode = broken.length + report.violations.length > 0 || report.seeds.length < seeds.length ? 1 : 0;
}

function numberFrom(flag: string, value: string | number): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${flag} is "${value}"; give a whole number above 0`);
  return number;
}

function printReport({ plan, ms, violations, outcomes, singles, struck, taken, waits }: SeedReport): void {
  const mark = violations.length === 0 ? '✓' : '✗';
  const scene = plan.scene === 'none' ? [] : [plan.scene];
  const done = [...scene, ...struck, ...taken].map((words) => ` · ${words}`).join('');
  const single = countsIn(singles);
  const ended = `${countsIn(outcomes)}${single === '' ? '' : ` · single: ${single}`}`;
  console.log(`${mark} ${plan.seed} · ${(ms / 1_000).toFixed(1)} s · ${ended}${done}`);
  if (waits !== null) console.log(`  waits for ${waits}`);
  if (violations.length === 0) return;
  console.log(`  ${formatPlan(plan)}`);
  for (const words of inShort(violations)) console.log(`  ✗ ${words}`);
}

/** Shows some violations of each law: one fault may violate it for every item. */
function inShort(violations: readonly string[]): readonly string[] {
  const byLaw = new Map<string, string[]>();
  for (const words of violations) {
    const [law = ''] = words.split(': ');
    byLaw.set(law, [...(byLaw.get(law) ?? []), words]);
  }
  return [...byLaw].flatMap(([law, found]) => {
    const left = found.length - SHOWN;
    return left > 0 ? [...found.slice(0, SHOWN), `${law}: ${left} more`] : found;
  });
}

function countsIn(outcomes: Readonly<Record<string, number>>): string {
  return Object.entries(outcomes)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');
}

main()
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  })
  // Without a replay, the native runtime for replays would keep the process alive.
  .finally(() => process.exit());
