import type { Rule } from '../../emulator';
import {
  awaitEnd,
  download,
  fetchStatus,
  headers,
  INSTANT,
  manualClock,
  pause,
  post,
  readStatus,
  start,
  submit,
  when,
} from './harness';

test('the first rule that matches and has times left wins', async () => {
  const emulator = await start();
  when(emulator, { failJob: 'TIMEOUT' }, { match: { promptIncludes: 'fox' }, times: 1 });
  when(emulator, { failJob: 'MODEL_ERROR' }, { times: 1 });
  const ends = [];
  for (const prompt of ['a hen', 'a fox', 'a fox']) {
    ends.push((await awaitEnd(emulator, await submit(emulator, prompt))).failure_reason_code);
  }
  expect(ends).toEqual(['MODEL_ERROR', 'TIMEOUT', null]);
});

const MATCHES: readonly [string, Rule['match'], boolean][] = [
  ['part of the prompt', { promptIncludes: 'red fox' }, true],
  ['another prompt', { promptIncludes: 'blue' }, false],
  ['the seed', { seed: 11 }, true],
  ['another seed', { seed: 12 }, false],
  ['the operation', { operation: 'generate/image' }, true],
  ['another operation', { operation: 'edit/image' }, false],
  ['one part out of two', { promptIncludes: 'red', seed: 12 }, false],
  ['nothing in particular', {}, true],
];

test.each(MATCHES)('a rule for %s acts only where it matches', async (_what, match, acts) => {
  const emulator = await start();
  when(emulator, { refuse: 'MODEL_UNAVAILABLE' }, match === undefined ? {} : { match });
  expect((await post(emulator, { prompt: 'a red fox', seed: 11 })).status).toBe(acts ? 503 : 200);
});

test('a rule is not used up by a submission that a limit refuses', async () => {
  const emulator = await start({ ...INSTANT, credits: 0 });
  when(emulator, { failJob: 'MODEL_ERROR' }, { times: 1 });
  when(emulator, { fault: 'no-job-id', on: 'submit' }, { times: 1 });
  expect((await post(emulator, { prompt: 'a fox' })).status).toBe(402);
  emulator.setLimits({ credits: 1 });
  expect(await (await post(emulator, { prompt: 'a fox' })).json()).not.toHaveProperty('job_id');
  expect(emulator.ledger().jobs).toHaveLength(1);
  await pause(5);
  expect(emulator.ledger().jobs).toMatchObject([{ code: 'MODEL_ERROR' }]);
});

test('an answer of its own takes the place of a submission, and no job is made', async () => {
  const emulator = await start();
  when(emulator, { status: 503, body: { detail: 'maintenance' }, headers: { 'retry-after': '7' } });
  const response = await post(emulator, { prompt: 'a fox' });
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7']);
  expect(await response.json()).toEqual({ detail: 'maintenance' });
  expect(emulator.ledger()).toMatchObject({ accepted: 0, refused: { SCRIPTED: 1 } });
});

test('an answer of its own can take the place of a status read and of a result', async () => {
  const emulator = await start();
  when(emulator, { status: 502, on: 'status' }, { times: 1 });
  when(emulator, { status: 500, body: 'oops', on: 'result' }, { times: 1 });
  const jobId = await submit(emulator, 'a fox');
  expect((await readStatus(emulator, jobId)).status).toBe(502);
  const { result_url } = await awaitEnd(emulator, jobId);
  const first = await fetch(String(result_url));
  expect([first.status, await first.text()]).toEqual([500, 'oops']);
  expect((await fetch(String(result_url))).status).toBe(200);
});

test('a job can be given a time of its own, or none at all', async () => {
  const clock = manualClock();
  const emulator = await start({ clock });
  when(emulator, { jobMs: 10 }, { match: { promptIncludes: 'quick' } });
  when(emulator, { never: true }, { match: { promptIncludes: 'stuck' } });
  const [quick, stuck] = [await submit(emulator, 'quick'), await submit(emulator, 'stuck')];
  clock.advance(10);
  expect((await fetchStatus(emulator, quick)).status).toBe('completed');
  clock.advance(7 * 24 * 3_600_000);
  expect((await fetchStatus(emulator, stuck)).status).toBe('processing');
});

test('a job can complete, and be charged, without a URL', async () => {
  const emulator = await start();
  when(emulator, { completeWithoutUrl: true });
  const body = await awaitEnd(emulator, await submit(emulator, 'a fox'));
  expect(body).toMatchObject({ status: 'completed', result_url: null, credits_charged: true });
});

test('cleared rules act no more', async () => {
  const emulator = await start();
  when(emulator, { refuse: 'INTERNAL_ERROR' });
  emulator.clearScripts();
  expect((await download(emulator, 'a fox')).status).toBe(200);
});

const BAD_RULES: readonly [string, unknown, string][] = [
  ['no action', {}, 'then: is missing'],
  ['an action that says nothing', rule({}), 'then: must have one of'],
  ['a fault of another stage', rule({ fault: 'truncated', on: 'submit' }), 'then: fault must be one of'],
  ['a fault without a stage', rule({ fault: 'reset' }), 'then: on must be one of'],
  [
    'a fault on the way to a result that comes late',
    rule({ fault: 'reset', on: 'result', delayMs: 5 }),
    'on submit only',
  ],
  ['a refusal that only a job can meet', rule({ refuse: 'TIMEOUT' }), 'then: refuse must be one of'],
  ['0 times', { ...rule({ never: true }), times: 0 }, 'times: must be an integer'],
  ['an unknown match', { ...rule({ never: true }), match: { colour: 'red' } }, 'match: colour is not known'],
];

test.each(BAD_RULES)('a rule with %s is refused', async (_what, bad, message) => {
  const emulator = await start();
  expect(() => emulator.script(bad as Rule)).toThrow(message);
});

test('another process can add and clear rules, set limits and read the ledger', async () => {
  const emulator = await start();
  const call = (method: string, path: string, body?: unknown) =>
    fetch(`${emulator.url}/_emulator/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  expect((await call('POST', 'rules', rule({ refuse: 'INTERNAL_ERROR' }))).status).toBe(204);
  expect((await post(emulator, { prompt: 'a fox' })).status).toBe(500);
  expect((await call('DELETE', 'rules')).status).toBe(204);
  expect((await post(emulator, { prompt: 'a fox' })).status).toBe(200);
  expect((await call('PUT', 'limits', { credits: 0 })).status).toBe(204);
  expect((await post(emulator, { prompt: 'a fox' })).status).toBe(402);
  expect(await (await call('GET', 'ledger')).json()).toMatchObject({ submits: 3, accepted: 1, maxInFlight: 1 });
});

test.each([
  ['POST', 'rules', { times: 0 }, ['times', 'then']],
  ['PUT', 'limits', { credits: -1, maxConcurrentJobs: 0.5, speed: 1 }, ['credits', 'maxConcurrentJobs', 'speed']],
])('%s /_emulator/%s names every problem', async (method, path, body, names) => {
  const emulator = await start();
  const url = `${emulator.url}/_emulator/${path}`;
  const response = await fetch(url, { method, headers: headers(emulator), body: JSON.stringify(body) });
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({ detail: names.map((name) => ({ loc: ['body', name] })) });
});

function rule(action: unknown): object {
  return Object.fromEntries([['then', action]]);
}
