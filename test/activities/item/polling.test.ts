/** When reads are made: the bounds of one decision, and what whole schedules cost against the best there can be. */
import fc from 'fast-check';
import { JobTimes } from '../../../activities/item/polling/job-times';
import { computeNextReadMs, type ReadQuestion } from '../../../activities/item/polling/polling';
import { seeded, simulate, simulateLoop } from './polling-simulation';

const NEW_JOB: ReadQuestion = { runningMs: 0, elapsedMs: 0, forecast: null, estimatedMs: null, readCost: 0.02 };
const half = () => 0.5;

describe('before anything is known', () => {
  test.each([
    { runningMs: 0, elapsedMs: 0, estimatedMs: null, inMs: 500 },
    { runningMs: 0, elapsedMs: 0, estimatedMs: 10_000, inMs: 5_000 },
    { runningMs: 0, elapsedMs: 4_000, estimatedMs: 10_000, inMs: 1_000 },
    { runningMs: 0, elapsedMs: 60_000, estimatedMs: 10_000, inMs: 0 },
    { runningMs: 0, elapsedMs: 0, estimatedMs: 0, inMs: 250 },
    { runningMs: 0, elapsedMs: 0, estimatedMs: 600_000, inMs: 60_000 },
    { runningMs: 1_000, elapsedMs: 1_000, estimatedMs: null, inMs: 500 },
    { runningMs: 20_000, elapsedMs: 20_000, estimatedMs: 10_000, inMs: 2_400 },
    { runningMs: 900_000, elapsedMs: 900_000, estimatedMs: null, inMs: 60_000 },
  ])('last seen running at $runningMs of $elapsedMs ms, estimated at $estimatedMs ms: read in $inMs ms', (row) => {
    const { inMs, ...seen } = row;
    expect(computeNextReadMs({ ...NEW_JOB, ...seen }, half)).toBe(inMs);
  });

  test.each([1_000, 6_000, 30_000])('jobs of %d ms are never worse off than with a read every 500 ms', (medianMs) => {
    for (const sigma of [0.2, 0.4, 0.6]) {
      const jobs = { seed: 3, medianMs, sigma, before: 0, jobs: 50 };
      expect(simulate(jobs)).not.toBeWorseOnBothThan(simulateLoop(jobs, 500));
    }
  });
});

test('whatever is known, no read is closer than 250 ms to the one before and none farther than a minute', () => {
  const times = fc.integer({ min: 0, max: 10_000_000 });
  const forecast = fc.record({
    mean: fc.double({ min: 0, max: 16, noNaN: true }),
    sigma: fc.double({ min: 0.03, max: 3, noNaN: true }),
  });
  const readCost = fc.double({ min: 0.001, max: 0.5, noNaN: true });
  const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(times, fc.option(forecast), readCost, draw, (runningMs, known, cost, drawn) => {
      const gap = computeNextReadMs(
        { ...NEW_JOB, runningMs, elapsedMs: runningMs, forecast: known, readCost: cost },
        () => drawn,
      );
      expect(gap).toBeGreaterThanOrEqual(250);
      expect(gap).toBeLessThanOrEqual(60_000);
    }),
  );
});

/** The best that any schedule can do when job times are lognormal and known: reads a job, delay as a share of its mean. */
const BEST = [
  { sigma: 0.2, reads: 2.7, delay: 0.065, readCost: 0.03 },
  { sigma: 0.2, reads: 4.4, delay: 0.036, readCost: 0.009 },
  { sigma: 0.4, reads: 2.9, delay: 0.11, readCost: 0.05 },
  { sigma: 0.4, reads: 4.4, delay: 0.07, readCost: 0.02 },
  { sigma: 0.4, reads: 5.9, delay: 0.049, readCost: 0.01 },
  { sigma: 0.6, reads: 4.4, delay: 0.094, readCost: 0.03 },
  { sigma: 0.6, reads: 7.3, delay: 0.053, readCost: 0.0085 },
];

describe.each([6_000, 30_000])('after 50 jobs of %d ms whose ends are only known between two reads', (medianMs) => {
  test.each(BEST)('with sigma $sigma: within a fifth of $reads reads and a delay of $delay', (best) => {
    const { reads, delay } = simulate({ seed: 7, medianMs, before: 50, jobs: 2_000, ...best });
    expect(reads).toBeLessThanOrEqual(best.reads * 1.2);
    expect(delay).toBeLessThanOrEqual(best.delay * 1.2);
  });
});

/** For jobs of 1 s the 250 ms between reads bind: the best that they allow, found by dynamic programming. */
test.each([
  { sigma: 0.2, readCost: 0.02, reads: 2.08, delay: 0.125 },
  { sigma: 0.4, readCost: 0.02, reads: 3.09, delay: 0.121 },
  { sigma: 0.6, readCost: 0.02, reads: 4.0, delay: 0.113 },
])('after 50 jobs of 1 s with sigma $sigma: within a fifth of $reads reads and a delay of $delay', (best) => {
  const { reads, delay } = simulate({ ...best, seed: 7, medianMs: 1_000, before: 50, jobs: 2_000 });
  expect(reads).toBeLessThanOrEqual(best.reads * 1.2);
  expect(delay).toBeLessThanOrEqual(best.delay * 1.2);
});

test('once learned, no kind of job is worse off than with a read every 500 ms', () => {
  for (const medianMs of [1_000, 6_000, 30_000]) {
    for (const sigma of [0.2, 0.4, 0.6]) {
      const jobs = { seed: 5, medianMs, sigma, before: 50, jobs: 1_000 };
      expect(simulate(jobs)).not.toBeWorseOnBothThan(simulateLoop(jobs, 500));
    }
  }
});

test('the setting trades reads against delay', () => {
  const jobs = { seed: 11, medianMs: 30_000, sigma: 0.4, before: 100, jobs: 1_000 };
  const [dear, cheap] = [simulate({ ...jobs, readCost: 0.1 }), simulate({ ...jobs, readCost: 0.005 })];
  expect(cheap.reads).toBeGreaterThan(dear.reads * 2);
  expect(cheap.delay).toBeLessThan(dear.delay / 2);
});

describe('what the provider tells', () => {
  const JOBS = { seed: 13, medianMs: 6_000, sigma: 0.4, before: 200, jobs: 1_000 };
  const untold = simulate(JOBS);

  test.each([
    ['an estimate that knows the job', { estimatedMs: (ms: number) => Math.ceil(ms / 1_000) * 1_000 }],
    ['progress', { progress: (ms: number, elapsedMs: number) => Math.floor((100 * elapsedMs) / ms) }],
  ])('%s saves reads and delay', (_what, told) => {
    const { reads, delay } = simulate({ ...JOBS, ...told });
    expect(reads).toBeLessThan(untold.reads * 0.8);
    expect(delay).toBeLessThan(untold.delay * 0.6);
  });

  test.each([
    ['the same estimate for every job', { estimatedMs: () => 8_000 }],
    ['an estimate without sense', { estimatedMs: (ms: number) => 500 + ((ms * 7_919) % 60_000) }],
    ['progress that stands still', { progress: () => 50 }],
  ])('%s does no harm', (_what, told) => {
    const { reads, delay } = simulate({ ...JOBS, ...told });
    expect(reads).toBeLessThan(untold.reads * 1.15);
    expect(delay).toBeLessThan(untold.delay * 1.15);
  });
});

test.each([
  { fromMs: 6_000, toMs: 1_000 },
  { fromMs: 30_000, toMs: 2_000 },
  { fromMs: 1_000, toMs: 6_000 },
])('jobs that come to take $toMs instead of $fromMs ms are read well again 250 jobs later', ({ fromMs, toMs }) => {
  const times = new JobTimes();
  simulate({ seed: 1, medianMs: fromMs, sigma: 0.4, before: 0, jobs: 300 }, times);
  const { reads, delay } = simulate({ seed: 2, medianMs: toMs, sigma: 0.4, before: 250, jobs: 300 }, times);
  expect(reads).toBeLessThan(6);
  expect(delay).toBeLessThan(0.14);
});

describe('what is learned', () => {
  const ENDED = { estimatedMs: null, projectedMs: null, seenRunningMs: 5_000, seenEndedMs: 9_000, ranMs: null };
  const NO_CLUES = { estimatedMs: null, projectedMs: null };

  function medianAfter(ranMs: number): number {
    const times = new JobTimes();
    for (let job = 0; job < 60; job += 1) times.learn('generate/image', { ...ENDED, ranMs });
    return Math.exp(times.forecast('generate/image', NO_CLUES)?.mean ?? 0);
  }

  test("the provider's own time is believed where it agrees with what was seen", () => {
    expect(medianAfter(6_000)).toBeCloseTo(6_000, 0);
  });

  test.each([0, 50_000])('a time of %d ms, which cannot be, is not', (ranMs) => {
    const median = medianAfter(ranMs);
    expect(median).toBeGreaterThan(5_000);
    expect(median).toBeLessThan(9_000);
  });

  test('nothing is said before 50 jobs were seen', () => {
    const times = new JobTimes();
    for (let job = 0; job < 49; job += 1) times.learn('generate/image', ENDED);
    expect(times.forecast('generate/image', NO_CLUES)).toBeNull();
    times.learn('generate/image', ENDED);
    expect(times.forecast('generate/image', NO_CLUES)).not.toBeNull();
  });

  test('the true distribution is found from spans alone', () => {
    const [times, random] = [new JobTimes(), seeded(17)];
    for (let job = 0; job < 1_000; job += 1) {
      const trueMs = 6_000 * Math.exp(0.4 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
      const seenRunningMs = Math.floor(trueMs / 3_000) * 3_000;
      times.learn('generate/image', { ...ENDED, seenRunningMs, seenEndedMs: seenRunningMs + 3_000 });
    }
    const model = times.forecast('generate/image', NO_CLUES);
    expect(Math.exp(model?.mean ?? 0)).toBeGreaterThan(5_300);
    expect(Math.exp(model?.mean ?? 0)).toBeLessThan(6_700);
    expect(model?.sigma).toBeGreaterThan(0.3);
    expect(model?.sigma).toBeLessThan(0.5);
  });
});

interface Reads {
  readonly reads: number;
  readonly delay: number;
}

expect.extend({
  toBeWorseOnBothThan(own: Reads, other: Reads) {
    const pass = own.reads > other.reads && own.delay > other.delay;
    return { pass, message: () => `${JSON.stringify(own)} against ${JSON.stringify(other)}` };
  },
});

declare global {
  namespace jest {
    interface Matchers<R> {
      toBeWorseOnBothThan(other: Reads): R;
    }
  }
}
