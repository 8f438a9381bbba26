import { computeFigures, type EndedJob } from '../../bench/reads/figures';

const BEGAN = 1_000_000;
const JOBS: readonly EndedJob[] = [
  { jobId: 'a', acceptedAt: BEGAN, endedAt: BEGAN + 1_000, statusReads: 1 },
  { jobId: 'b', acceptedAt: BEGAN, endedAt: BEGAN + 3_000, statusReads: 4 },
  { jobId: 'c', acceptedAt: BEGAN, endedAt: BEGAN + 2_000, statusReads: 1 },
];
const SEEN = new Map([
  ['a', BEGAN + 1_100],
  ['b', BEGAN + 3_600],
  ['c', BEGAN + 2_200],
]);

test("the delay is a share of the job time of all together, and its middle is one job's", () => {
  expect(computeFigures(JOBS, SEEN, null)).toEqual({ readsPerJob: 2, delay: 0.15, medianDelayMs: 200, legsMs: null });
});

test('the way of a callback is reported in three parts that add up to the delay', () => {
  const callbacks = new Map(
    JOBS.map(({ jobId, endedAt }) => [jobId, { sentAt: endedAt + 10, answeredAt: endedAt + 40 }] as const),
  );
  expect(computeFigures(JOBS, SEEN, callbacks).legsMs).toEqual([10, 30, 260]);
});

test('a job whose end was not seen is no figure', () => {
  expect(() => computeFigures(JOBS, new Map(), null)).toThrow('the end of job a was not observed');
});
