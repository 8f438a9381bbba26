/** What the ledger says of every POST, and answers that come late or lie about the job that they leave behind. */
import { INSTANT, pause, post, readStatus, start, submit, until, when } from './harness';

test('a POST whose answer names its job', async () => {
  const emulator = await start();
  const jobId = await submit(emulator, 'a fox');
  await until(() => emulator.ledger().posts[0]?.whole === true);
  expect(emulator.ledger().posts).toMatchObject([{ prompt: 'a fox', jobId, status: 200, named: true, whole: true }]);
});

test('a POST whose answer is lost', async () => {
  const emulator = await start();
  when(emulator, { fault: 'reset-after-accept', on: 'submit' });
  await post(emulator, { prompt: 'a fox' }).catch(() => undefined);
  await until(() => emulator.ledger().posts[0]?.whole === false);
  const [job] = emulator.ledger().jobs;
  expect(emulator.ledger().posts).toMatchObject([{ jobId: job?.jobId, status: null, named: false, whole: false }]);
});

test('a refused POST', async () => {
  const emulator = await start();
  when(emulator, { refuse: 'RATE_LIMIT_EXCEEDED' });
  await post(emulator, { prompt: 'a fox' });
  await until(() => emulator.ledger().posts[0]?.whole === true);
  expect(emulator.ledger().posts).toMatchObject([{ prompt: 'a fox', jobId: null, status: 429, named: false }]);
});

test('an answer of a gateway in front, while a job was made', async () => {
  const emulator = await start();
  when(emulator, { status: 502, accepted: true });
  expect((await post(emulator, { prompt: 'a fox' })).status).toBe(502);
  expect(emulator.ledger()).toMatchObject({
    accepted: 1,
    faults: { 'submit:502-after-accept': 1 },
    posts: [{ jobId: emulator.ledger().jobs[0]?.jobId, status: 502, named: false }],
  });
});

test('the words of a proxy are distinguished from those of the provider', async () => {
  const emulator = await start();
  when(emulator, { status: 503, body: '<html>no upstream</html>', accepted: true }, { times: 1 });
  when(emulator, { refuse: 'MODEL_UNAVAILABLE' }, { times: 1 });
  when(emulator, { status: 422, body: { detail: [] } }, { times: 1 });
  when(emulator, { status: 409, body: {} }, { times: 1 });
  for (let sent = 0; sent < 4; sent += 1) await post(emulator, { prompt: 'a fox' });
  const { posts, faults } = emulator.ledger();
  expect(posts.map(({ isProviderError }) => isProviderError)).toEqual([false, true, true, false]);
  expect(faults).toEqual({ 'submit:503-after-accept': 1, 'submit:422': 1, 'submit:409': 1 });
});

test.each([
  ['an answer in place of that of the provider', { status: 502, accepted: true, delayMs: 150 }],
  ['the loss of an answer', { fault: 'reset-after-accept', on: 'submit', delayMs: 150 }],
] as const)('%s comes late: the job exists at once', async (_what, action) => {
  const emulator = await start();
  when(emulator, action, { times: 1 });
  const before = Date.now();
  const late = post(emulator, { prompt: 'a fox' }).catch(() => null);
  await until(() => emulator.ledger().accepted === 1);
  expect(emulator.ledger().posts).toMatchObject([{ whole: null, named: false }]);
  await late;
  expect(Date.now() - before).toBeGreaterThanOrEqual(149);
});

test('the ledger knows when a job was read last, and what was answered in place of its status', async () => {
  const emulator = await start();
  const jobId = await submit(emulator, 'a fox');
  expect(emulator.ledger().jobs[0]?.lastReadAt).toBeNull();
  when(emulator, { status: 404, body: 'nothing here', on: 'status' }, { times: 1 });
  const before = Date.now();
  expect((await readStatus(emulator, jobId)).status).toBe(404);
  expect(emulator.ledger().jobs[0]?.lastReadAt).toBeGreaterThanOrEqual(before);
  expect(emulator.ledger().faults).toEqual({ 'status:404': 1 });
});

test('an answer that comes late: the job exists at once', async () => {
  const emulator = await start();
  when(emulator, { delayMs: 150, on: 'submit' }, { times: 1 });
  const before = Date.now();
  const late = post(emulator, { prompt: 'a fox' });
  await until(() => emulator.ledger().accepted === 1);
  expect(emulator.ledger().posts).toMatchObject([{ whole: null }]);
  expect((await late).status).toBe(200);
  expect(Date.now() - before).toBeGreaterThanOrEqual(149);
});

test('a sender that leaves before its late answer', async () => {
  const emulator = await start();
  when(emulator, { delayMs: 300, on: 'submit' });
  const leaving = new AbortController();
  const body = JSON.stringify({ prompt: 'a fox' });
  const headers = { 'x-api-key': emulator.apiKey, 'content-type': 'application/json' };
  const sent = fetch(`${emulator.url}/generate/image/v1`, { method: 'POST', headers, body, signal: leaving.signal });
  await until(() => emulator.ledger().accepted === 1);
  leaving.abort();
  await expect(sent).rejects.toThrow();
  await until(() => emulator.ledger().posts[0]?.whole === false);
});

test('a late status and a late result', async () => {
  const emulator = await start(INSTANT);
  const jobId = await submit(emulator, 'a fox');
  await pause(5);
  when(emulator, { delayMs: 60, on: 'status' }, { times: 1 });
  when(emulator, { delayMs: 60, on: 'result' }, { times: 1 });
  const before = Date.now();
  const { result_url } = (await (await readStatus(emulator, jobId)).json()) as { result_url: string };
  expect(Date.now() - before).toBeGreaterThanOrEqual(59);
  expect((await fetch(result_url)).status).toBe(200);
  expect(Date.now() - before).toBeGreaterThanOrEqual(119);
});
