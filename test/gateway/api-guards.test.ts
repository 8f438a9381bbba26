/** Who gets into the HTTP API, with how much, and how often; and how everything else is refused. */
import { connect } from 'node:net';
import { StoreUnavailable } from '../../activities/store';
import { NoServerError, WorkerMissingError } from '../../connection/errors';
import { type Api, parseApiSettings } from '../../gateway';
import { toPlainToken } from '../../gateway/api/access/api-token';
import { MAX_WRONG_TOKENS_PER_MINUTE } from '../../gateway/api/access/guard-access';
import { toProblem } from '../../gateway/api/explain';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { AUTHORIZED, fetchDocument, logged, OTHER_TOKEN, startTestApi, TOKEN } from './api-harness';
import { raw } from './harness';

const PROMPT = 'a secret lighthouse';
const CSV = { ...AUTHORIZED, 'content-type': 'text/csv' };

let rig: Rig;
let api: Api;

beforeAll(async () => {
  rig = await startRig();
  api = await startTestApi(rig, { maxBatchBytes: 4_096 });
});
afterAll(() => rig.close());

const port = () => Number(new URL(api.url).port);

async function ask(path: string, init: RequestInit = {}, to = api) {
  const answer = await fetch(to.url + path, { headers: AUTHORIZED, ...init });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, told: text === '' ? null : JSON.parse(text) };
}

async function isThere(batchId: string): Promise<boolean> {
  // Each result is a line of its own.
  const answer = await fetch(`${api.url}/v1/batches/${batchId}/results`, { headers: AUTHORIZED });
  await answer.text();
  return answer.status !== 404;
}

test.each([
  ['no token', {}],
  ['another token', { authorization: 'Bearer another-token-altogether' }],
  ['the beginning of a token', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
  ['a token and more', { authorization: `Bearer ${TOKEN}x` }],
  ['all tokens at once', { authorization: `Bearer ${TOKEN},${OTHER_TOKEN}` }],
  ['another scheme', { authorization: `Basic ${TOKEN}` }],
])('with %s nothing is answered by any path of the document', async (_what, headers) => {
  // Of its own, since wrong tokens are counted.
  const guarded = await startTestApi(rig, {});
  for (const [path, methods] of Object.entries((await fetchDocument(guarded)).paths ?? {})) {
    for (const method of Object.keys(methods ?? {})) {
      const answer = await ask(path.replace('{id}', 'x'), { method: method.toUpperCase(), headers }, guarded);
      expect(answer).toMatchObject({ status: 401, told: { code: 'UNAUTHORIZED', status: 401 } });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    }
  }
});

test('without a token no body is read', async () => {
  const head = 'POST /v1/batches HTTP/1.1\r\nhost: x\r\ncontent-type: text/csv\r\ncontent-length: 99\r\n\r\n';
  expect(await raw(port(), head).answer).toMatch(/^HTTP\/1.1 401 /);
});

test.each([
  ['small letters', (token: string) => `bearer ${token}`],
  ['capitals', (token: string) => `BEARER ${token}`],
  ['a tab', (token: string) => `Bearer\t${token}`],
  ['several blanks', (token: string) => `Bearer   ${token}  `],
])('the scheme is taken in %s', async (_what, headerOf) => {
  expect((await ask('/v1/batches/nobody', { headers: { authorization: headerOf(TOKEN) } })).status).toBe(404);
});

test('every token opens', async () => {
  const headers = { authorization: `Bearer ${OTHER_TOKEN}` };
  expect((await ask('/v1/batches/nobody', { headers })).status).toBe(404);
});

test('a path that is not there has problem details too', async () => {
  for (const path of ['/v1/nothing', '/', '/v1/images/%ff']) {
    expect(await ask(path)).toMatchObject({ status: 404, told: { code: 'NOT_FOUND' } });
  }
});

test('a body that is too large is refused while it comes, and nothing is started', async () => {
  const body = `prompt\n${`${PROMPT}\n`.repeat(1_000)}`;
  const large = await ask('/v1/batches?id=large', { method: 'POST', headers: CSV, body });
  expect(large).toMatchObject({ status: 413, told: { code: 'BODY_TOO_LARGE' } });
  expect(await isThere('large')).toBe(false);
  const json = { ...AUTHORIZED, 'content-type': 'application/json' };
  const image = { method: 'POST', headers: json, body: JSON.stringify({ request: { prompt: 'x'.repeat(70_000) } }) };
  expect(await ask('/v1/images', image)).toMatchObject({ status: 413, told: { code: 'BODY_TOO_LARGE' } });
});

test.each([
  ['no JSON', 'application/json', `{"${PROMPT}`, 400, 'MALFORMED_BODY'],
  ['nothing', 'application/json', '', 422, 'INVALID_REQUEST'],
  ['another kind of JSON', 'application/json', JSON.stringify([PROMPT]), 422, 'INVALID_REQUEST'],
  ['another format', 'text/plain', PROMPT, 415, 'UNSUPPORTED_CONTENT_TYPE'],
  ['a format that is none', '@@@', PROMPT, 415, 'UNSUPPORTED_CONTENT_TYPE'],
])('an image from %s is refused, and nothing of it repeated', async (_what, type, body, status, code) => {
  const answer = await ask('/v1/images', { method: 'POST', headers: { ...AUTHORIZED, 'content-type': type }, body });
  expect(answer).toMatchObject({ status, told: { code } });
  expect(answer.text).not.toContain(PROMPT);
});

test('a body that comes too slowly is ended with an answer, and its place is free; a patient one is not', async () => {
  // The patient one sends fifty times as much as it must, so that a busy machine does not end it.
  const bodyPace = { minBytes: 100, windowMs: 5_000 };
  const paced = await startTestApi(rig, { bodyPace });
  const { port: at } = new URL(paced.url);
  const begin = (path: string, type: string) => {
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: ${type}\r\n`;
    return raw(Number(at), `${head}content-length: 4000\r\n\r\n`);
  };
  const bodies = [
    begin('/v1/batches?id=slow', 'text/csv'),
    begin('/v1/images', 'application/json'),
    begin('/v1/batches/x/redrive', 'application/json'),
  ];
  const patient = begin('/v1/batches?id=patient', 'text/csv');
  const rows = ['prompt\n', ...Array.from({ length: 39 }, () => `${'x'.repeat(99)}\n`), `${'x'.repeat(92)}\n`];
  const dripping = setInterval(() => {
    for (const { socket } of bodies) socket.write('x');
    patient.socket.write(rows.shift() ?? '');
  }, 100);
  try {
    for (const answer of await Promise.all(bodies.map((body) => body.answer))) {
      expect(answer).toMatch(/^HTTP\/1.1 408 .*"code":"BODY_TOO_SLOW"/s);
    }
    await until('the patient one is taken', async () => isThere('patient'));
  } finally {
    clearInterval(dripping);
    patient.socket.destroy();
  }
  expect(await isThere('slow')).toBe(false);
});

test('a redrive may name as many keys as a batch may have rows', async () => {
  const large = await startTestApi(rig, { maxBatchBytes: 1024 * 1024 });
  const keys = Array.from({ length: 3_500 }, (_, number) => `some-long-key-of-a-row-${number}`);
  const redrive = (names: readonly string[]) => {
    const headers = { ...AUTHORIZED, 'content-type': 'application/json' };
    return ask('/v1/batches/x/redrive', { method: 'POST', headers, body: JSON.stringify({ keys: names }) }, large);
  };
  expect(await redrive(keys)).toMatchObject({ status: 404, told: { code: 'NOT_FOUND' } });
  const beyond = await redrive(Array.from({ length: 20 }, () => keys).flat());
  expect(beyond).toMatchObject({ status: 413, told: { code: 'BODY_TOO_LARGE' } });
  expect(beyond.told.remedy).toContain('IMAGEPIPELINE_API_MAX_BODY_MB');
});

test('a body that is too large for a route without a setting gets the limit in the answer', async () => {
  const headers = { ...AUTHORIZED, 'content-type': 'application/json' };
  const body = JSON.stringify({ request: { prompt: 'x'.repeat(70_000) } });
  const roomy = await startTestApi(rig, { maxBatchBytes: 1024 * 1024 });
  const { told } = await ask('/v1/images', { method: 'POST', headers, body }, roomy);
  expect(told).toMatchObject({ code: 'BODY_TOO_LARGE', remedy: 'Send at most 64 KiB here; nothing was started.' });
});

test.each([
  ['no format', {}],
  ['a format', { 'content-type': 'application/json' }],
  ['another format', { 'content-type': 'text/plain' }],
])('no body is wanted where none is needed: with %s', async (_what, headers) => {
  for (const path of ['pause', 'resume', 'cancel', 'redrive']) {
    const answer = await ask(`/v1/batches/nobody/${path}`, { method: 'POST', headers: { ...AUTHORIZED, ...headers } });
    expect(answer).toMatchObject({ status: 404, told: { code: 'NOT_FOUND' } });
  }
});

test('what is not there is reported without a path or an address of ours', async () => {
  const paths = ['/v1/batches/nobody', '/v1/batches/nobody/results', '/v1/images/nobody'];
  for (const path of paths) {
    const { status, text } = await ask(path);
    expect(status).toBe(404);
    expect(text).not.toContain(rig.store);
    expect(text).not.toMatch(/TEMPORAL_|IMAGEPIPELINE_STORE/);
  }
});

test('a path that is there with another method names those that it has', async () => {
  for (const path of ['/v1/images', '/v1/images/', '//v1/images']) {
    const answer = await ask(path, { method: 'DELETE' });
    expect(answer).toMatchObject({ status: 405, told: { code: 'METHOD_NOT_ALLOWED' } });
    expect(answer.headers.get('allow')).toBe('POST');
  }
  expect((await ask('/v1/batches/x', { method: 'PUT', body: 'x' })).headers.get('allow')).toBe('DELETE, GET, PATCH');
  expect((await fetch(`${api.url}/openapi.json`, { method: 'HEAD' })).status).toBe(200);
});

test('an upload that breaks off starts nothing', async () => {
  const socket = connect({ host: '127.0.0.1', port: port() });
  socket.write(
    `POST /v1/batches?id=broken HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n` +
      `content-type: text/csv\r\ncontent-length: 999\r\n\r\nprompt\n${PROMPT}\n`,
  );
  await until('the rows are sent', () => socket.bytesWritten > 0 && socket.writableLength === 0);
  socket.destroy();
  // Whatever came of the first rows would be found by then.
  const body = `prompt\n${PROMPT}\n`;
  expect((await ask('/v1/batches?id=whole', { method: 'POST', headers: CSV, body })).status).toBe(202);
  expect(await isThere('broken')).toBe(false);
});

test('uploads beyond the limit get 503 with Retry-After, and succeed when others have ended', async () => {
  const head = `POST /v1/batches HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: text/csv\r\n`;
  const slow = Array.from({ length: 5 }, () => raw(port(), `${head}content-length: 999\r\n\r\nprompt\n`));
  // One of them: the others continue sending.
  const refused = await Promise.race(slow.map(({ answer }) => answer));
  expect(refused).toMatch(/^HTTP\/1.1 503 .*\r\nretry-after: 5\r\n.*"code":"BUSY"/s);
  const upload = { method: 'POST', headers: CSV, body: `prompt\n${PROMPT}\n` };
  for (const { socket } of slow) socket.destroy();
  await until('there is room', async () => (await ask('/v1/batches?id=later', upload)).status === 202);
});

test('a token has its pace, and another its own', async () => {
  const slow = await startTestApi(rig, { requestsPerMinute: 2 });
  const get = (token: string) => ask('/v1/images/x', { headers: { authorization: `Bearer ${token}` } }, slow);
  expect([(await get(TOKEN)).status, (await get(TOKEN)).status]).toEqual([404, 404]);
  const beyond = await get(TOKEN);
  expect(beyond).toMatchObject({ status: 429, told: { code: 'TOO_MANY_REQUESTS' } });
  expect(Number(beyond.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await get(OTHER_TOKEN)).status).toBe(404);
});

test('a token has one pace, however its header is written', async () => {
  const slow = await startTestApi(rig, { requestsPerMinute: 2 });
  const get = (authorization: string) => ask('/v1/images/x', { headers: { authorization } }, slow);
  const spellings = ['Bearer ', 'bearer ', 'Bearer  ', 'BEARER\t'].map((scheme) => scheme + TOKEN);
  const statuses: number[] = [];
  for (const spelling of spellings) statuses.push((await get(spelling)).status);
  expect(statuses).toEqual([404, 404, 429, 429]);
});

test('wrong tokens are limited by address; a right one from there is let in', async () => {
  const guarded = await startTestApi(rig, {});
  const get = (token: string) => ask('/v1/images/x', { headers: { authorization: `Bearer ${token}` } }, guarded);
  const answers = await Promise.all(
    Array.from({ length: MAX_WRONG_TOKENS_PER_MINUTE + 1 }, (_, number) => get(`wrong-token-number-${number}`)),
  );
  const beyond = answers.filter(({ status }) => status === 429);
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(MAX_WRONG_TOKENS_PER_MINUTE);
  expect(beyond).toMatchObject([{ told: { code: 'TOO_MANY_WRONG_TOKENS' } }]);
  expect(Number(beyond[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await get(TOKEN)).status).toBe(404);
});

test.each([
  [new WorkerMissingError('spring'), 503, 'WORKER_MISSING'],
  [new NoServerError('127.0.0.1:1', null), 503, 'TEMPORAL_UNREACHABLE'],
  [new StoreUnavailable('no room'), 503, 'STORE_UNAVAILABLE'],
  [new TypeError(PROMPT), 500, 'FAULT'],
  [PROMPT, 500, 'FAULT'],
])('%p has a problem of its own', (error, status, code) => {
  const told = toProblem(error);
  expect(told).toMatchObject({ status, code, remedy: expect.any(String) });
  expect(JSON.stringify(told)).not.toContain(PROMPT);
});

test('nothing of prompts and tokens is logged', () => {
  expect(logged()).toEqual([]);
});

describe('settings', () => {
  const parse = (env: Readonly<Record<string, string | undefined>>) => {
    const problems: string[] = [];
    return { settings: parseApiSettings(env, problems), problems };
  };

  test.each([{}, { IMAGEPIPELINE_API_TOKENS: ' ' }, { IMAGEPIPELINE_API_PORT: 'x' }])(
    'without tokens there is no API: %j',
    (env) => {
      expect(parse(env)).toEqual({ settings: null, problems: [] });
    },
  );

  test('the defaults are for this machine', () => {
    expect(parse({ IMAGEPIPELINE_API_TOKENS: `${TOKEN}, ${OTHER_TOKEN}` })).toEqual({
      settings: {
        tokens: [TOKEN, OTHER_TOKEN].map(toPlainToken),
        dashboard: { temporalUi: null },
        host: '127.0.0.1',
        port: 8235,
        maxBatchBytes: 64 * 1024 * 1024,
        requestsPerMinute: 600,
      },
      problems: [],
    });
  });

  test('every problem is reported at once, by name, without a token', () => {
    const env = {
      IMAGEPIPELINE_API_TOKENS: `${TOKEN},short-one,with a space in it all`,
      IMAGEPIPELINE_API_PORT: '70000',
      IMAGEPIPELINE_API_MAX_BODY_MB: '0',
      IMAGEPIPELINE_API_MAX_RATE: '-1',
    };
    const { settings, problems } = parse(env);
    expect({ settings, count: problems.length }).toEqual({ settings: null, count: 5 });
    for (const name of Object.keys(env)) expect(problems.join('\n')).toContain(name);
    expect(problems.join('\n')).not.toMatch(/short-one|with a space/);
  });
});
