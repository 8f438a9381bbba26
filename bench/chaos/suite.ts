/** Runs seeds, several at a time, each lane on stacks of its own. */
import type { Evidence, Leftovers } from './evidence';
import { violations } from './laws';
import { leftovers } from './laws/leftovers';
import { type Plan, planOf } from './plan';
import { longest, type Queue, queuesOf } from './queues';
import { quietReplays } from './replays';
import { runSeed } from './run-seed';
import { Stack } from './stack';
import { doneByProvider } from './tally';

export interface SuiteOptions {
  readonly seeds: readonly number[];
  readonly items: number;
  readonly lanes: number;
  /** No seed is begun after it. */
  readonly endAt: number;
  readonly cliPath: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onSeed: (seed: SeedReport) => void;
}

export interface SeedReport {
  readonly plan: Plan;
  readonly ms: number;
  readonly violations: readonly string[];
  readonly outcomes: Readonly<Record<string, number>>;
  readonly struck: readonly string[];
  /** What the provider did to it, by name. */
  readonly provider: Readonly<Record<string, number>>;
  /** What the batch waits for that has not ended. */
  readonly waits: string | null;
  /** The suite itself failed, which says nothing of the product. */
  readonly isBroken: boolean;
}

export interface SuiteReport {
  readonly seeds: readonly SeedReport[];
  /** Of the stacks, after their end. */
  readonly violations: readonly string[];
}

export async function runSuite(options: SuiteOptions): Promise<SuiteReport> {
  quietReplays();
  const queues = queuesOf(options.seeds.map((seed) => planOf(seed, options.items)));
  const reports = await Promise.all(Array.from({ length: options.lanes }, () => runLane(queues, options)));
  return {
    seeds: reports.flatMap(({ seeds }) => seeds),
    violations: reports.flatMap(({ left }) => left.flatMap((one) => leftovers({ left: one }))),
  };
}

interface LaneReport {
  readonly seeds: readonly SeedReport[];
  /** Of each of its stacks. */
  readonly left: readonly Leftovers[];
}

/** A lane goes from queue to queue, with a stack of its own for each, until there is nothing left or time is over. */
async function runLane(queues: readonly Queue[], options: SuiteOptions): Promise<LaneReport> {
  const report: { seeds: SeedReport[]; left: Leftovers[] } = { seeds: [], left: [] };
  for (let queue = longest(queues); queue.plans.length > 0 && Date.now() < options.endAt; queue = longest(queues)) {
    queue.lanes += 1;
    await runOnStack(queue, options, report);
    queue.lanes -= 1;
  }
  return report;
}

/** Until a run breaks: what it leaves is nothing to build on, so that the next seed gets a stack of its own. */
async function runOnStack(
  { kind, plans }: Queue,
  { cliPath, env, onSeed, endAt }: SuiteOptions,
  report: { readonly seeds: SeedReport[]; readonly left: Leftovers[] },
): Promise<void> {
  const stack = await Stack.start({ cliPath, env, ...kind });
  try {
    for (let plan = plans.shift(); plan !== undefined; plan = Date.now() < endAt ? plans.shift() : undefined) {
      const seed = await judge(plan, stack);
      report.seeds.push(seed);
      onSeed(seed);
      if (seed.isBroken) return;
    }
  } finally {
    report.left.push(await stack.stop());
  }
}

async function judge(plan: Plan, stack: Stack): Promise<SeedReport> {
  const startedAt = Date.now();
  try {
    const evidence = await runSeed(plan, stack);
    const outcomes: Record<string, number> = {};
    for (const { outcome } of evidence.lines) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    const ms = Date.now() - startedAt;
    return {
      plan,
      ms,
      violations: violations(evidence),
      outcomes,
      struck: evidence.struck,
      provider: doneByProvider(evidence.ledger),
      waits: waitsOf(evidence),
      isBroken: false,
    };
  } catch (error) {
    const words = `the run broke: ${error instanceof Error ? error.stack : String(error)}`;
    return {
      plan,
      ms: Date.now() - startedAt,
      violations: [words],
      outcomes: {},
      struck: [],
      provider: {},
      waits: null,
      isBroken: true,
    };
  }
}

function waitsOf({ observed }: Evidence): string | null {
  const last = observed.at(-1);
  if (last === undefined || last.finishedAt !== null) return null;
  return JSON.stringify({ pausedBy: last.pausedBy, hold: last.hold, permits: last.permits, counts: last.counts });
}
