/** Runs seeds concurrently, each lane on its own stacks. */
import { hasEnded } from '../../client/batches/batch-status';
import type { Evidence, Leftovers } from './evidence';
import { violations } from './laws';
import { leftovers } from './laws/leftovers';
import { makePlan, type Plan } from './plan';
import { groupPlans, longest, type Queue } from './queues';
import { quietReplays } from './replays';
import { runSeed, usedBy } from './run-seed';
import type { SeedReport } from './seed-report';
import { Stack } from './stack';
import { doneByProvider } from './tally';

interface SuiteOptions {
  readonly seeds: readonly number[];
  readonly items: number;
  readonly lanes: number;
  /** No seed starts after this time. */
  readonly endAt: number;
  readonly cliPath: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onSeed: (seed: SeedReport) => void;
}

interface SuiteReport {
  readonly seeds: readonly SeedReport[];
  /** Violations of the stacks, after their end. */
  readonly violations: readonly string[];
}

export async function runSuite(options: SuiteOptions): Promise<SuiteReport> {
  quietReplays();
  const queues = groupPlans(options.seeds.map((seed) => makePlan(seed, options.items)));
  const reports = await Promise.all(Array.from({ length: options.lanes }, () => runLane(queues, options)));
  return {
    seeds: reports.flatMap(({ seeds }) => seeds),
    violations: reports.flatMap(({ left }) => left.flatMap((one) => leftovers({ left: one }))),
  };
}

interface LaneReport {
  readonly seeds: readonly SeedReport[];
  /** Leftovers of each of its stacks. */
  readonly left: readonly Leftovers[];
}

/** Processes queue after queue, with a new stack for each, until all are empty or time is over. */
async function runLane(queues: readonly Queue[], options: SuiteOptions): Promise<LaneReport> {
  const report: { seeds: SeedReport[]; left: Leftovers[] } = { seeds: [], left: [] };
  for (let queue = longest(queues); queue.plans.length > 0 && Date.now() < options.endAt; queue = longest(queues)) {
    queue.lanes += 1;
    await runOnStack(queue, options, report);
    queue.lanes -= 1;
  }
  return report;
}

/**
 * Runs seeds until one fails or violates a law: its leftovers could affect the next seed, which gets a new stack. So does
 * a seed whose names were used on this stack.
 */
async function runOnStack(
  { kind, plans }: Queue,
  { cliPath, env, onSeed, endAt }: SuiteOptions,
  report: { readonly seeds: SeedReport[]; readonly left: Leftovers[] },
): Promise<void> {
  const stack = await Stack.start({ cliPath, env, ...kind });
  try {
    for (let plan = nextFor(stack, plans, endAt); plan !== undefined; plan = nextFor(stack, plans, endAt)) {
      const seed = await judge(plan, stack);
      report.seeds.push(seed);
      onSeed(seed);
      if (seed.violations.length > 0) return;
    }
  } finally {
    report.left.push(await stack.stop());
  }
}

function nextFor({ used }: Stack, plans: Plan[], endAt: number): Plan | undefined {
  const [next] = plans;
  if (next === undefined || Date.now() >= endAt || usedBy(next).some((name) => used.has(name))) return undefined;
  return plans.shift();
}

async function judge(plan: Plan, stack: Stack): Promise<SeedReport> {
  const startedAt = Date.now();
  try {
    const evidence = await runSeed(plan, stack);
    const outcomes = countOutcomes(evidence.lines);
    const ms = Date.now() - startedAt;
    return {
      plan,
      ms,
      violations: violations(evidence),
      outcomes,
      struck: evidence.struck,
      taken: evidence.taken,
      singles: countOutcomes(evidence.singles.flatMap(({ reports }) => reports.slice(-1))),
      provider: doneByProvider(evidence.ledger),
      waits: describeWait(evidence),
      isBroken: false,
    };
  } catch (error) {
    const words = `the run failed: ${error instanceof Error ? error.stack : String(error)}`;
    return {
      plan,
      ms: Date.now() - startedAt,
      violations: [words],
      outcomes: {},
      struck: [],
      taken: [],
      singles: {},
      provider: {},
      waits: null,
      isBroken: true,
    };
  }
}

function countOutcomes(ended: readonly { readonly outcome: string }[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { outcome } of ended) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

function describeWait({ observed }: Evidence): string | null {
  const last = observed.at(-1);
  if (last === undefined || hasEnded(last)) return null;
  return JSON.stringify({ pausedBy: last.pausedBy, hold: last.hold, permits: last.permits, counts: last.counts });
}
