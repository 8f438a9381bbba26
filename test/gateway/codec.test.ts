/** The codec server over real sockets: it decodes for who has the token, and tells nobody else anything. */
import { request } from 'node:http';
import { parseGatewaySettings } from '../../gateway';
import { buildGatewayServer } from '../../gateway/server';
import { readEncryptionKeys } from '../../payloads';
import { jsonPayload, makeCodec, newKey } from '../payloads/keys';
import { raw, SECRETS } from './harness';

const KEY = newKey('main');
const TOKEN = 't'.repeat(40);
const ORIGIN = 'https://temporal.example.com';
const PROMPT = 'a red bicycle in the rain';
const [SECRET] = SECRETS;
const RECEIVER = { signal: async () => 'delivered' as const, ready: async () => true };
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };

const lines: string[] = [];
const closing: (() => Promise<void>)[] = [];
let url: string;

beforeAll(async () => {
  url = await startCodec();
});
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
});

async function startCodec(isOn = true): Promise<string> {
  const keys = readEncryptionKeys({ IMAGEPIPELINE_ENCRYPTION_KEYS: KEY });
  if (keys === null) throw new Error('no keys');
  const codec = isOn ? { keys, token: TOKEN, origin: ORIGIN, namespace: 'default' } : null;
  const { app } = buildGatewayServer({
    secrets: SECRETS,
    receiver: RECEIVER,
    log: (line) => lines.push(line),
    codec,
  });
  closing.push(() => app.close());
  return app.listen({ host: '127.0.0.1', port: 0 });
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** By Node's own client, since `fetch` sets the origin itself. */
function ask(path: string, headers: object, body: string | null = null, method = 'POST', to = url): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(to + path, { method, headers: { ...headers, connection: 'close' } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body ?? undefined);
  });
}

const toJson = (payload: ReturnType<typeof jsonPayload>) => ({
  metadata: Object.fromEntries(
    Object.entries(payload.metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
  ),
  data: Buffer.from(payload.data ?? []).toString('base64'),
});

async function encryptedBody(...keys: readonly string[]): Promise<string> {
  const payloads = await makeCodec(...keys).encode([jsonPayload(PROMPT), jsonPayload(7)]);
  return JSON.stringify({ payloads: payloads.map(toJson) });
}

test('what was encrypted is decoded, in its order', async () => {
  const answer = await ask('/codec/decode', { ...AUTHORIZED, 'x-namespace': 'default' }, await encryptedBody(KEY));
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.text)).toEqual({ payloads: [jsonPayload(PROMPT), jsonPayload(7)].map(toJson) });
  expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', vary: 'origin' });
});

test('input typed into Temporal UI is encoded, and workers can read it', async () => {
  const body = JSON.stringify({ payloads: [toJson(jsonPayload(PROMPT))] });
  const encoded = (await ask('/codec/encode', AUTHORIZED, body)).text;
  expect(JSON.parse(encoded)).toMatchObject({
    payloads: [{ metadata: { encoding: Buffer.from('binary/encrypted').toString('base64') } }],
  });
  expect(JSON.parse((await ask('/codec/decode', AUTHORIZED, encoded)).text)).toEqual(JSON.parse(body));
});

test.each([
  ['no token', {}],
  ['another token', { authorization: `Bearer ${'u'.repeat(40)}` }],
  ['the beginning of the token', { authorization: `Bearer ${TOKEN.slice(1)}` }],
  ['the token and more', { authorization: `Bearer ${TOKEN}t` }],
  ['another scheme', { authorization: `Basic ${TOKEN}` }],
  ['an empty token', { authorization: 'Bearer ' }],
])('with %s nothing is decoded', async (_what, headers) => {
  for (const path of ['/codec/decode', '/codec/encode']) {
    const answer = await ask(path, headers, await encryptedBody(KEY));
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
    expect(answer.text).not.toContain(PROMPT);
  }
});

test('without a token no body is read', async () => {
  const { port } = new URL(url);
  const head = 'POST /codec/decode HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n';
  expect(await raw(Number(port), head).answer).toMatch(/^HTTP\/1.1 401 /);
});

test('a page of the UI may send, with credentials', async () => {
  const asked = { origin: ORIGIN, 'access-control-request-method': 'POST' };
  const before = await ask('/codec/decode', asked, null, 'OPTIONS');
  const allowed = { 'access-control-allow-origin': ORIGIN, 'access-control-allow-credentials': 'true' };
  expect(before).toMatchObject({
    status: 204,
    headers: {
      ...allowed,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization, content-type, x-namespace',
    },
  });
  const answer = await ask('/codec/decode', { ...AUTHORIZED, origin: ORIGIN }, await encryptedBody(KEY));
  expect(answer).toMatchObject({ status: 200, headers: allowed });
  // A refusal too, or the page could not say why.
  expect(await ask('/codec/decode', { origin: ORIGIN }, '{}')).toMatchObject({ status: 401, headers: allowed });
});

test.each([
  'https://evil.example.com',
  'http://temporal.example.com',
  `${ORIGIN}.evil.example`,
  `${ORIGIN}:8443`,
  'null',
])('a page of %s may not, not even with the token', async (origin) => {
  for (const method of ['OPTIONS', 'POST']) {
    const answer = await ask('/codec/decode', { ...AUTHORIZED, origin }, method === 'POST' ? '{}' : null, method);
    expect(answer.status).toBe(403);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
});

test('another namespace is refused', async () => {
  const answer = await ask('/codec/decode', { ...AUTHORIZED, 'x-namespace': 'other' }, await encryptedBody(KEY));
  expect(answer.status).toBe(403);
  expect(answer.text).toContain('default');
});

test.each([
  ['no body', null],
  ['no JSON', `{"${PROMPT}`],
  ['another kind of JSON', JSON.stringify([PROMPT])],
  ['no payloads', '{}'],
  ['a payload that is none', JSON.stringify({ payloads: [PROMPT] })],
  ['data that is no base64', JSON.stringify({ payloads: [{ data: `${PROMPT}!` }] })],
  ['data that is no text', JSON.stringify({ payloads: [{ data: { length: 1e9 } }] })],
  ['metadata that is no text', JSON.stringify({ payloads: [{ metadata: { encoding: 7 } }] })],
  ['too many payloads', JSON.stringify({ payloads: Array.from({ length: 10_001 }, () => ({})) })],
])('%s is refused, and not repeated', async (_what, body) => {
  const answer = await ask('/codec/decode', AUTHORIZED, body);
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text).message).toContain('"payloads"');
  expect(answer.text).not.toContain(PROMPT);
});

test('a body of 4 MiB is taken, a larger one is refused', async () => {
  const makeBody = (bytes: number) => {
    const body = JSON.stringify({ payloads: [{ data: '' }] });
    return body.replace('""', `"${'A'.repeat(bytes - body.length)}"`);
  };
  const limit = 4 * 1024 * 1024;
  expect((await ask('/codec/decode', AUTHORIZED, makeBody(limit))).status).toBe(200);
  const large = await ask('/codec/decode', { ...AUTHORIZED, origin: ORIGIN }, makeBody(limit + 4));
  expect(large).toMatchObject({ status: 413, headers: { 'access-control-allow-origin': ORIGIN } });
});

test('callbacks keep their own limit', async () => {
  expect((await ask('/callbacks/x', {}, 'x'.repeat(80_000))).status).toBe(404);
});

test('a key that is missing is named', async () => {
  const answer = await ask('/codec/decode', AUTHORIZED, await encryptedBody(newKey('lost')));
  expect(answer.status).toBe(422);
  expect(JSON.parse(answer.text).message).toMatch(/"lost".*"main"/);
});

test('what was tampered with is refused', async () => {
  const body = await encryptedBody(newKey('main'));
  expect(await ask('/codec/decode', AUTHORIZED, body)).toMatchObject({ status: 422 });
});

test('nothing of bodies and tokens is logged', () => {
  expect(lines).toEqual([]);
});

test('without its settings there is no codec', async () => {
  const off = await startCodec(false);
  for (const method of ['OPTIONS', 'POST']) {
    const answer = await ask('/codec/decode', AUTHORIZED, method === 'POST' ? '{}' : null, method, off);
    expect(answer.status).toBe(404);
  }
});

describe('settings', () => {
  const GOOD = {
    IMAGEPIPELINE_CALLBACK_SECRET: SECRET,
    IMAGEPIPELINE_ENCRYPTION_KEYS: KEY,
    IMAGEPIPELINE_CODEC_TOKEN: TOKEN,
    IMAGEPIPELINE_UI_ORIGIN: ORIGIN,
  };
  const parse = (env: Readonly<Record<string, string | undefined>>) => {
    const problems: string[] = [];
    return { settings: parseGatewaySettings(env, undefined, problems), problems };
  };

  test('with keys, token and origin it is on', () => {
    expect(parse(GOOD)).toMatchObject({ problems: [], settings: { codec: { token: TOKEN, origin: ORIGIN } } });
  });

  test.each([
    [{ IMAGEPIPELINE_CODEC_TOKEN: undefined, IMAGEPIPELINE_UI_ORIGIN: undefined }],
    [
      {
        IMAGEPIPELINE_CODEC_TOKEN: undefined,
        IMAGEPIPELINE_UI_ORIGIN: ' ',
        IMAGEPIPELINE_ENCRYPTION_KEYS: undefined,
      },
    ],
  ])('with neither token nor origin it is off: %j', (changed) => {
    expect(parse({ ...GOOD, ...changed })).toMatchObject({ problems: [], settings: { codec: null } });
  });

  test.each([
    ['IMAGEPIPELINE_CODEC_TOKEN', undefined],
    ['IMAGEPIPELINE_CODEC_TOKEN', 'short-token'],
    ['IMAGEPIPELINE_CODEC_TOKEN', `${'t'.repeat(40)} x`],
    ['IMAGEPIPELINE_UI_ORIGIN', undefined],
    ['IMAGEPIPELINE_UI_ORIGIN', '*'],
    ['IMAGEPIPELINE_UI_ORIGIN', `${ORIGIN}/`],
    ['IMAGEPIPELINE_UI_ORIGIN', 'temporal.example.com'],
    ['IMAGEPIPELINE_UI_ORIGIN', 'file:///x'],
    ['IMAGEPIPELINE_ENCRYPTION_KEYS', undefined],
    ['IMAGEPIPELINE_ENCRYPTION_KEYS', 'x'],
  ])('%s = %p is one problem, by name', (name, value) => {
    const { settings, problems } = parse({ ...GOOD, [name]: value });
    expect({ settings, problems }).toEqual({ settings: null, problems: [expect.stringContaining(name)] });
    expect(problems[0]).not.toMatch(/short-token|ttt/);
  });
});
