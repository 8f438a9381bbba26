/** Nobody tells the product what the plan allows: it finds both limits, keeps to them, and remembers them. */

import { pickCounts, scriptFor, startBatch } from '../batch/batch-fixtures';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { as, jobsSince, mostInFlight, refusalsSince, untilAccount } from './accounts';

/** Just under the first read, so that the end of a job is noticed soon. */
const JOB_MS = 850;
/** What the worker's settings say; no test comes near it but the one about it. */
const BY_SETTING = 20;
const NO_LIMITS = { maxConcurrentJobs: null, submitsPerSecond: null, limitMode: 'refuse' } as const;
const FREE = { concurrency: null } as const;

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({
    emulator: { jobTime: { medianMs: JOB_MS, sigma: 0 } },
    activities: { bounds: { maxConcurrency: BY_SETTING, maxRate: null } },
  });
});
afterEach(() => rig.emulator.setLimits(NO_LIMITS));
afterAll(() => rig.close());

const fetchDecisions = async ({ client }: Rig) => (await client.account().status()).decisions.map(({ words }) => words);

describe('a hidden limit of jobs in flight', () => {
  const LIMIT = 6;
  let own: Rig;

  beforeAll(async () => {
    own = await as(rig, 'jobs');
  });

  test('is found, used, and held at the price of few refusals', async () => {
    const [items, since] = [54, Date.now()];
    rig.emulator.setLimits({ maxConcurrentJobs: LIMIT });
    const batch = await startBatch(own, 'jobs', items, FREE);
    await until('the search is over', async () =>
      (await fetchDecisions(own)).some((words) => /CONCURRENT/.test(words)),
    );
    const foundAt = Date.now();
    expect(pickCounts(await batch.result())).toEqual({ succeeded: items });
    expect(refusalsSince(own, since)).toBeLessThanOrEqual(8);
    expect(refusalsSince(own, foundAt)).toBeLessThanOrEqual(3);
    expect(mostInFlight(own, since)).toBe(LIMIT);
    expect(jobsSince(own, since)).toHaveLength(items);
  });

  test('is remembered by the next batch, which searches no more', async () => {
    const [items, since] = [30, Date.now()];
    rig.emulator.setLimits({ maxConcurrentJobs: LIMIT });
    const before = (await own.client.account().status()).limit;
    expect(pickCounts(await (await startBatch(own, 'jobs-next', items, FREE)).result())).toEqual({ succeeded: items });
    expect(before).toBeLessThanOrEqual(LIMIT + 2);
    expect(refusalsSince(own, since)).toBeLessThanOrEqual(3);
    expect(mostInFlight(own, since)).toBe(LIMIT);
  });
});

test('a hidden limit of jobs in flight is found although acceptances are answered late', async () => {
  const [own, items, limit] = [await as(rig, 'slow'), 9, 3];
  rig.emulator.setLimits({ maxConcurrentJobs: limit });
  scriptFor(rig, 'slow', null, { delayMs: 3_000, on: 'submit' }, limit);
  const batch = await startBatch(own, 'slow', items, FREE);
  const met = await until('the limit is met', async () =>
    (await fetchDecisions(own)).find((words) => /CONCURRENT/.test(words)),
  );
  expect(met).toMatch(/^4 → 3: 1 × CONCURRENT_JOBS_EXCEEDED/);
  expect(pickCounts(await batch.result())).toEqual({ succeeded: items });
});

test('a hidden limit of submissions per second is found and kept to', async () => {
  const [own, items, since] = [await as(rig, 'rate'), 30, Date.now()];
  rig.emulator.setLimits({ submitsPerSecond: 6 });
  expect(pickCounts(await (await startBatch(own, 'rate', items, FREE)).result())).toEqual({ succeeded: items });
  const { ratePerSecond } = await own.client.account().status();
  expect(ratePerSecond).toBeLessThanOrEqual(7);
  expect(refusalsSince(own, since, 'RATE_LIMIT_EXCEEDED')).toBeLessThanOrEqual(12);
});

test('limit codes that come as failed jobs count like refusals', async () => {
  const [own, items, since] = [await as(rig, 'failing'), 25, Date.now()];
  rig.emulator.setLimits({ maxConcurrentJobs: 5, limitMode: 'fail-job' });
  expect(pickCounts(await (await startBatch(own, 'failing', items, FREE)).result())).toEqual({ succeeded: items });
  // Every job above the limit has failed, and no item with it.
  expect(jobsSince(own, since).length).toBeGreaterThan(items);
  expect(mostInFlight(own, since)).toBe(5);
  expect((await fetchDecisions(own)).some((words) => /CONCURRENT_JOBS_EXCEEDED/.test(words))).toBe(true);
});

const LOW = 4;

test('a limit that falls in the run is followed, and left again when it rises', async () => {
  const [own, since] = [await as(rig, 'moving'), Date.now()];
  rig.emulator.setLimits({ maxConcurrentJobs: 10 });
  const batch = await startBatch(own, 'moving', 400, FREE);
  await until('the limit is met', () => refusalsSince(own, since) > 0);
  rig.emulator.setLimits({ maxConcurrentJobs: LOW });
  const fellAt = Date.now();
  await untilAccount('it is followed', own, ({ limit }) => limit <= 6);
  expect(Date.now() - fellAt).toBeLessThan(6 * JOB_MS);
  rig.emulator.setLimits({ maxConcurrentJobs: 10 });
  const roseAt = Date.now();
  // Probes above a limit come after twenty submissions at the earliest, so that finding it takes longer than a test.
  await until('more than before are in flight', () => mostInFlight(own, roseAt) > LOW).finally(() => batch.cancel());
  const { counts } = await batch.result();
  expect(counts.failed).toBe(0);
});

test('bounds are never passed, neither those of the settings nor those that were requested', async () => {
  const [own, since] = [await as(rig, 'bounded'), Date.now()];
  await own.client.account().set({ limits: { maxConcurrency: 3 } });
  expect(pickCounts(await (await startBatch(own, 'bounded', 12, FREE)).result())).toEqual({ succeeded: 12 });
  expect(mostInFlight(own, since)).toBe(3);
  const freeAt = Date.now();
  await own.client.account().set({ limits: { maxConcurrency: null } });
  expect(pickCounts(await (await startBatch(own, 'unbounded', 90, FREE)).result())).toEqual({ succeeded: 90 });
  expect(mostInFlight(own, freeAt)).toBeGreaterThan(3);
  expect(mostInFlight(own, freeAt)).toBeLessThanOrEqual(BY_SETTING);
  expect((await own.client.account().status()).limit).toBeLessThanOrEqual(BY_SETTING);
});
