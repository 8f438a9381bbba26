/** Runs seeds, several at a time, each lane on a stack of its own. */
import type { Leftovers } from './evidence';
import { violations } from './laws';
import { leftovers } from './laws/leftovers';
import { type Plan, planOf } from './plan';
import { runSeed } from './run-seed';
import { Stack } from './stack';

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
}

export interface SuiteReport {
  readonly seeds: readonly SeedReport[];
  /** Of the stacks, after their end. */
  readonly violations: readonly string[];
}

export async function runSuite(options: SuiteOptions): Promise<SuiteReport> {
  const plans = options.seeds.map((seed) => planOf(seed, options.items));
  const kinds = [plans.filter(({ callbacks }) => callbacks), plans.filter(({ callbacks }) => !callbacks)];
  const queues = kinds.filter((queue) => queue.length > 0);
  const lanes = Array.from(
    { length: Math.max(options.lanes, queues.length) },
    (_, lane) => queues[lane % queues.length],
  );
  const reports = await Promise.all(lanes.map((queue) => runLane(queue ?? [], options)));
  return {
    seeds: reports.flatMap(({ seeds }) => seeds),
    violations: reports.flatMap(({ left }) => leftovers({ left })),
  };
}

const NOTHING: Leftovers = { processes: [], ports: [], files: [] };

interface LaneReport {
  readonly seeds: readonly SeedReport[];
  readonly left: Leftovers;
}

/** Takes seeds from the queue, which it may share with other lanes, until there are none or time is over. */
async function runLane(queue: Plan[], { cliPath, env, onSeed, endAt }: SuiteOptions): Promise<LaneReport> {
  const seeds: SeedReport[] = [];
  const [first] = queue;
  if (first === undefined) return { seeds, left: NOTHING };
  const stack = await Stack.start({ cliPath, env, callbacks: first.callbacks });
  try {
    for (let plan = queue.shift(); plan !== undefined && Date.now() < endAt; plan = queue.shift()) {
      const report = await judge(plan, stack);
      seeds.push(report);
      onSeed(report);
    }
    return { seeds, left: await stack.stop() };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

async function judge(plan: Plan, stack: Stack): Promise<SeedReport> {
  const startedAt = Date.now();
  const evidence = await runSeed(plan, stack);
  const outcomes: Record<string, number> = {};
  for (const { outcome } of evidence.lines) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  return {
    plan,
    ms: Date.now() - startedAt,
    violations: violations(evidence),
    outcomes,
    struck: evidence.struck,
  };
}
