/** A worker's reads without sockets and without waiting: jobs drawn from a seed, read by the schedule of production. */
import { type JobClues, JobTimes } from '../../../activities/item/polling/job-times';
import { computeNextReadMs } from '../../../activities/item/polling/polling';

interface Simulation {
  readonly seed: number;
  readonly medianMs: number;
  readonly sigma: number;
  readonly readCost?: number;
  /** Jobs that are seen before the counting begins, and jobs that are counted. */
  readonly before: number;
  readonly jobs: number;
  /** What the provider tells, by the true time. Default: nothing at all. */
  readonly estimatedMs?: (trueMs: number) => number;
  readonly progress?: (trueMs: number, elapsedMs: number) => number;
  readonly tellsTimes?: boolean;
}

interface Reads {
  /** Per job. */
  readonly reads: number;
  /** From a job's end to the read that sees it, as a share of the mean job time. */
  readonly delay: number;
}

/** Uniform numbers in [0, 1) that are the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function simulate(simulation: Simulation, times = new JobTimes()): Reads {
  const random = seeded(simulation.seed);
  let [reads, lateMs, trueMs] = [0, 0, 0];
  for (let job = 0; job < simulation.before + simulation.jobs; job += 1) {
    const drawnMs = lognormal(simulation, random);
    const one = readOne(simulation, times, drawnMs, random);
    if (job < simulation.before) continue;
    reads += one.reads;
    lateMs += one.seenMs - drawnMs;
    trueMs += drawnMs;
  }
  return { reads: reads / simulation.jobs, delay: lateMs / trueMs };
}

/** Reading in equal gaps, as a simple loop does. */
export function simulateLoop(simulation: Simulation, gapMs: number): Reads {
  const random = seeded(simulation.seed);
  let [reads, lateMs, trueMs] = [0, 0, 0];
  for (let job = 0; job < simulation.jobs; job += 1) {
    const drawnMs = lognormal(simulation, random);
    const needed = Math.ceil(drawnMs / gapMs);
    reads += needed;
    lateMs += needed * gapMs - drawnMs;
    trueMs += drawnMs;
  }
  return { reads: reads / simulation.jobs, delay: lateMs / trueMs };
}

function readOne(simulation: Simulation, times: JobTimes, trueMs: number, random: () => number) {
  const estimatedMs = simulation.estimatedMs?.(trueMs) ?? null;
  let [elapsedMs, runningMs, reads] = [0, 0, 0];
  let projectedMs: number | null = null;
  for (;;) {
    const clues: JobClues = { estimatedMs, projectedMs };
    const forecast = times.forecast('generate/image', clues);
    const readCost = simulation.readCost ?? 0.02;
    elapsedMs += computeNextReadMs({ runningMs, elapsedMs, forecast, estimatedMs, readCost }, random);
    reads += 1;
    if (elapsedMs >= trueMs) break;
    runningMs = elapsedMs;
    const progress = simulation.progress?.(trueMs, elapsedMs) ?? 0;
    if (progress >= 10) projectedMs ??= (elapsedMs * 100) / progress;
  }
  const ranMs = simulation.tellsTimes ? trueMs : null;
  const seen = { estimatedMs, projectedMs, seenRunningMs: runningMs, seenEndedMs: elapsedMs, ranMs };
  times.learn('generate/image', seen);
  return { reads, seenMs: elapsedMs };
}

function lognormal({ medianMs, sigma }: Simulation, random: () => number): number {
  const angle = 2 * Math.PI * random();
  return medianMs * Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(angle));
}
