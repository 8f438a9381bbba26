import { EmulatorOptionsError, startEmulator } from '../../emulator';
import { awaitEnd, fetchStatus, manualClock, post, start, submit } from './harness';

const HOUR = 3_600_000;
const TIMED = { jobTime: { medianMs: 1_000, sigma: 0 } };

test('a submission above the concurrency limit is refused until a job has ended', async () => {
  const clock = manualClock();
  const emulator = await start({ ...TIMED, clock, maxConcurrentJobs: 2 });
  await submit(emulator, 'one');
  clock.advance(500);
  await submit(emulator, 'two');
  const refused = await post(emulator, { prompt: 'three' });
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ error_code: 'CONCURRENT_JOBS_EXCEEDED' });
  clock.advance(500);
  await submit(emulator, 'three');
  expect(emulator.ledger()).toMatchObject({ maxInFlight: 2, accepted: 3, refused: { CONCURRENT_JOBS_EXCEEDED: 1 } });
});

test('in the other mode it is accepted, fails with the code, and takes no place', async () => {
  const clock = manualClock();
  const emulator = await start({ ...TIMED, clock, maxConcurrentJobs: 1, limitMode: 'fail-job', queueWaitMs: 100 });
  await submit(emulator, 'one');
  const over = await submit(emulator, 'two');
  expect((await fetchStatus(emulator, over)).status).toBe('queued');
  clock.advance(100);
  expect(await fetchStatus(emulator, over)).toMatchObject({
    status: 'failed',
    failure_reason_code: 'CONCURRENT_JOBS_EXCEEDED',
    retryable: true,
    started_at: null,
  });
  expect(emulator.ledger().maxInFlight).toBe(1);
});

test('the rate limit allows a burst of one second, then says when to come back', async () => {
  const clock = manualClock();
  const emulator = await start({ clock, submitsPerSecond: 0.5 });
  await submit(emulator, 'one');
  clock.advance(200);
  const refused = await post(emulator, { prompt: 'two' });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2']);
  expect(await refused.json()).toMatchObject({ error_code: 'RATE_LIMIT_EXCEEDED' });
  clock.advance(1_800);
  await submit(emulator, 'two');
});

test('the rate limit can keep to itself when to come back', async () => {
  const emulator = await start({ clock: manualClock(), submitsPerSecond: 1, retryAfter: false });
  await submit(emulator, 'one');
  const refused = await post(emulator, { prompt: 'two' });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, null]);
});

test('the rate limit accepts no more than its rate over time', async () => {
  const clock = manualClock();
  const emulator = await start({ clock, submitsPerSecond: 5 });
  for (let request = 0; request < 100; request += 1) {
    await post(emulator, { prompt: 'a fox' });
    clock.advance(50);
  }
  expect(emulator.ledger().accepted).toBeGreaterThanOrEqual(25);
  expect(emulator.ledger().accepted).toBeLessThanOrEqual(30);
});

test('foreign jobs take places of the limit until they are gone', async () => {
  const emulator = await start({ ...TIMED, clock: manualClock(), maxConcurrentJobs: 4, foreignJobs: 3 });
  await submit(emulator, 'one');
  expect((await post(emulator, { prompt: 'two' })).status).toBe(429);
  emulator.setLimits({ foreignJobs: 2 });
  await submit(emulator, 'two');
  expect((await post(emulator, { prompt: 'three' })).status).toBe(429);
  emulator.setLimits({ maxConcurrentJobs: null });
  await submit(emulator, 'three');
});

test('foreign jobs count in the other mode as well', async () => {
  const emulator = await start({ clock: manualClock(), maxConcurrentJobs: 1, foreignJobs: 1, limitMode: 'fail-job' });
  const over = await submit(emulator, 'one');
  expect(await fetchStatus(emulator, over)).toMatchObject({ failure_reason_code: 'CONCURRENT_JOBS_EXCEEDED' });
});

test('the ledger tells when each job came and truly ended, whether it held a place, and when what was refused', async () => {
  const clock = manualClock();
  const began = clock.now();
  const emulator = await start({ ...TIMED, clock, maxConcurrentJobs: 1 });
  await submit(emulator, 'one');
  clock.advance(100);
  await post(emulator, { prompt: 'two' });
  clock.advance(100);
  await post(emulator, { prompt: 'two' }, 'ip_live_wrong');
  emulator.setLimits({ limitMode: 'fail-job' });
  await submit(emulator, 'two');
  clock.advance(5_000);
  const { jobs, refusals } = emulator.ledger();
  expect(jobs).toMatchObject([
    { acceptedAt: began, endedAt: began + 1_000, heldPlace: true },
    { acceptedAt: began + 200, endedAt: began + 200, heldPlace: false },
  ]);
  expect(refusals).toEqual([
    { at: began + 100, code: 'CONCURRENT_JOBS_EXCEEDED' },
    { at: began + 200, code: 'UNAUTHENTICATED' },
  ]);
});

test('every state of the limits is reported with its time, here and over HTTP', async () => {
  const clock = manualClock();
  const began = clock.now();
  const emulator = await start({ clock, maxConcurrentJobs: 10 });
  clock.advance(500);
  emulator.setLimits({ maxConcurrentJobs: 2 });
  expect(emulator.limitPeriods()).toMatchObject([
    { since: began, limits: { maxConcurrentJobs: 10 } },
    { since: began + 500, limits: { maxConcurrentJobs: 2 } },
  ]);
  const overHttp = await (await fetch(`${emulator.url}/_emulator/limits`)).json();
  expect(overHttp).toEqual(emulator.limitPeriods());
});

test('the same seed gives the same job times, whatever was refused in between', async () => {
  const times = async (maxConcurrentJobs: number) => {
    const clock = manualClock();
    const emulator = await start({ clock, maxConcurrentJobs, jobTime: { medianMs: 1_000, sigma: 0.4 } });
    while (emulator.ledger().accepted < 5) {
      await post(emulator, { prompt: 'a fox' });
      clock.advance(300);
    }
    clock.advance(HOUR);
    return emulator.ledger().jobs.map(({ acceptedAt, endedAt }) => Number(endedAt) - acceptedAt);
  };
  expect(await times(1)).toEqual(await times(5));
});

test('credits are set aside at submission and come back when a job fails', async () => {
  const clock = manualClock();
  const emulator = await start({ ...TIMED, clock, credits: 1 });
  await submit(emulator, 'a fox {{MODEL_ERROR}}');
  const refused = await post(emulator, { prompt: 'a hen' });
  expect(refused.status).toBe(402);
  expect(await refused.json()).toEqual({
    error: 'Payment Required',
    error_code: 'INSUFFICIENT_CREDITS',
    message: expect.any(String),
  });
  clock.advance(1_000);
  await submit(emulator, 'a hen');
  clock.advance(1_000);
  expect((await post(emulator, { prompt: 'a cow' })).status).toBe(402);
});

test('limits and credits can be changed at run time', async () => {
  const emulator = await start({ ...TIMED, clock: manualClock(), credits: 0, maxConcurrentJobs: 1 });
  expect((await post(emulator, { prompt: 'a fox' })).status).toBe(402);
  emulator.setLimits({ credits: 2 });
  await submit(emulator, 'a fox');
  expect((await post(emulator, { prompt: 'a fox' })).status).toBe(429);
  emulator.setLimits({ maxConcurrentJobs: null });
  await submit(emulator, 'a fox');
});

test('every key has limits and credits of its own', async () => {
  const keys = ['ip_live_one', 'ip_live_two'];
  const emulator = await start({
    jobTime: { medianMs: HOUR, sigma: 0 },
    apiKeys: keys,
    maxConcurrentJobs: 1,
    credits: 5,
  });
  const statuses = [];
  for (const key of [...keys, ...keys]) statuses.push((await post(emulator, { prompt: 'a fox' }, key)).status);
  expect(statuses).toEqual([200, 200, 429, 429]);
  expect(emulator.ledger()).toMatchObject({ maxInFlight: 1, credits: { ip_live_one: 4, ip_live_two: 4 } });
});

test.each([
  ['no options', {}],
  [
    'options without a value',
    { jobTime: undefined, maxConcurrentJobs: undefined, credits: undefined, port: undefined },
  ],
])('with %s nothing is limited', async (_what, options) => {
  // Where time stands still, no job ends before the last one is submitted.
  const emulator = await start({ clock: manualClock(), ...(options as object) });
  const responses = await Promise.all(Array.from({ length: 40 }, () => post(emulator, { prompt: 'a fox' })));
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
  expect(emulator.ledger().maxInFlight).toBe(40);
});

test('options are refused with every problem at once', async () => {
  const options = { host: '0.0.0.0', port: -1, jobTime: { medianMs: 0, sigma: 9 }, apiKeys: [], limitMode: 'shout' };
  const refused = startEmulator(options as object);
  await expect(refused).rejects.toBeInstanceOf(EmulatorOptionsError);
  await expect(refused).rejects.toMatchObject({
    problems: ['host', 'port', 'jobTime', 'apiKeys', 'limitMode'].map((name) => ({ name })),
  });
});

test('it listens on the loopback address', async () => {
  const emulator = await start();
  expect(emulator.url).toBe(`http://127.0.0.1:${emulator.port}`);
  expect((await awaitEnd(emulator, await submit(emulator, 'a fox'))).result_url).toContain(emulator.url);
});
