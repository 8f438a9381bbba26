import type { Books, JobRecord, LimitPeriod } from '../../bench/limits/books';
import { computeFigures } from '../../bench/limits/figures';

const BEGAN = 1_000_000;

function job(from: number, to: number | null, changes: Partial<JobRecord> = {}): JobRecord {
  const status = to === null ? 'processing' : 'completed';
  return {
    acceptedAt: BEGAN + from,
    endedAt: to === null ? null : BEGAN + to,
    status,
    heldPlace: true,
    prompt: 'benchmark 1',
    ...changes,
  };
}

function period(since: number, limits: Partial<LimitPeriod['limits']>): LimitPeriod {
  const none = { maxConcurrentJobs: null, foreignJobs: 0, submitsPerSecond: null };
  return { since: BEGAN + since, limits: { ...none, ...limits } };
}

function books(jobs: readonly JobRecord[], limitPeriods: readonly LimitPeriod[], refusedAt: number[] = []): Books {
  const refusals = refusedAt.map((at) => ({ at: BEGAN + at, code: 'CONCURRENT_JOBS_EXCEEDED' }));
  return { jobs, limitPeriods, refusals };
}

/** `count` jobs one after another, each `gap` after the end of the one before. */
function chain(count: number, length: number, gap: number): readonly JobRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const from = index * (length + gap);
    return job(from, from + length);
  });
}

test('places that are always taken are used whole, and the makespan is the bound', () => {
  const jobs = [...chain(60, 1_000, 0), ...chain(60, 1_000, 0)];
  const figures = computeFigures(books(jobs, [period(-50, { maxConcurrentJobs: 2 })]), 120);
  expect(figures).toEqual({
    searchMs: 30_000,
    use: 1,
    throttled: 0,
    throttledAfterSearch: 0,
    makespanMs: 60_000,
    boundMs: 60_000,
    possibleMs: 60_000,
    shareOff: null,
  });
});

test('what is noticed late is room that was not used', () => {
  const figures = computeFigures(books(chain(48, 1_000, 250), [period(0, { maxConcurrentJobs: 1 })]), 48);
  expect(figures.use).toBeCloseTo(0.8, 2);
  expect(figures).toMatchObject({ boundMs: 48_000, makespanMs: 47 * 1_250 + 1_000 });
});

test('a short run searches for a third of its bound', () => {
  expect(computeFigures(books(chain(6, 1_000, 0), [period(0, { maxConcurrentJobs: 1 })]), 6).searchMs).toBe(2_000);
});

test('refused submissions and jobs above the limit are throttled, before and after the search', () => {
  const over = job(1_000, 1_000, { status: 'failed', heldPlace: false });
  const all = books([...chain(6, 1_000, 0), over], [period(0, { maxConcurrentJobs: 1 })], [0, 500, 4_500]);
  const figures = computeFigures(all, 6);
  expect(figures.throttled).toBe(4 / 10);
  expect(figures.throttledAfterSearch).toBe(1 / 5);
});

test('a limit that falls is followed: what is in flight above it is no merit, and no room lost', () => {
  const jobs = [job(0, 4_000), job(0, 4_000), job(4_000, 6_000), job(6_000, 8_000)];
  const periods = [period(0, { maxConcurrentJobs: 2 }), period(3_000, { maxConcurrentJobs: 1 })];
  expect(computeFigures(books(jobs, periods), 4)).toMatchObject({ use: 1, boundMs: 8_000, makespanMs: 8_000 });
});

test('a share is of the places, while both batches have items to submit', () => {
  const ofSteps = [...chain(40, 1_000, 0), ...chain(40, 1_000, 0)].map((one) => ({ ...one, prompt: '' }));
  const jobs = [...ofSteps, ...chain(60, 1_000, 0)];
  const all = books(jobs, [period(0, { maxConcurrentJobs: 3 })]);
  expect(computeFigures(all, 140, 2).shareOff).toBeCloseTo(0);
  expect(computeFigures(all, 140, 1).shareOff).toBeCloseTo(1 / 3);
});

test('places that somebody else takes are not ours to use', () => {
  const periods = [period(0, { maxConcurrentJobs: 3 }), period(0, { maxConcurrentJobs: 3, foreignJobs: 2 })];
  expect(computeFigures(books(chain(6, 1_000, 0), periods), 6)).toMatchObject({ use: 1, boundMs: 6_000 });
});

test('with a rate, what counts is how many are accepted', () => {
  const jobs = Array.from({ length: 100 }, (_, index) => job(index * 625, index * 625 + 5_000));
  const figures = computeFigures(books(jobs, [period(0, { submitsPerSecond: 2 })]), 100);
  expect(figures.use).toBeCloseTo(0.8, 1);
  expect(figures).toMatchObject({ boundMs: 50_000, makespanMs: 99 * 625 + 5_000, possibleMs: 98 * 500 + 5_000 });
});

test('the last jobs that run out are possible for nobody to avoid', () => {
  const jobs = [job(0, 1_000), job(0, 1_000), job(1_000, 5_000)];
  const figures = computeFigures(books(jobs, [period(0, { maxConcurrentJobs: 2 })]), 3);
  expect(figures).toMatchObject({ boundMs: 3_000, possibleMs: 5_000, makespanMs: 5_000 });
});

test('a run that did not finish has no makespan', () => {
  const figures = computeFigures(books([job(0, 1_000), job(1_000, null)], [period(0, { maxConcurrentJobs: 1 })]), 2);
  expect(figures.makespanMs).toBe(Number.POSITIVE_INFINITY);
});

test('a run without a single job has no figures', () => {
  expect(() => computeFigures(books([], [period(0, { maxConcurrentJobs: 1 })], [5]), 2)).toThrow('no job was accepted');
});
