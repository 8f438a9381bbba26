/** Sessions of browsers, and attacks on them. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Api } from '../../gateway';
import { createToken, parseTokens, toPlainToken } from '../../gateway/api/access/api-token';
import { MAX_CODE_MS, MAX_SESSION_MS, Sessions } from '../../gateway/api/access/sessions';
import { TokenBook } from '../../gateway/api/access/token-book';
import { startTestApi } from '../gateway/api-harness';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';
import { openSession, sendAs, signIn } from './browser-session';

const starter = createToken({ name: 'starter', role: 'start' });
const reader = createToken({ name: 'reader', role: 'read' });
const limited = createToken({ name: 'limited', role: 'operate', prefix: 'ours-' });
const file = path.join(tempFolder(), 'tokens.json');
const write = (...tokens: readonly { readonly entry: object }[]) =>
  writeFileSync(file, JSON.stringify(tokens.map(({ entry }) => entry)));

let rig: Rig;
let api: Api;

beforeAll(async () => {
  rig = await startRig();
  write(starter, reader, limited);
  const tokens = parseTokens(JSON.stringify([starter.entry, reader.entry, limited.entry]), 'X', []);
  api = await startTestApi(rig, { tokens, tokensFile: file, dashboard: { temporalUi: 'http://127.0.0.1:8233/' } });
  await rig.client.startBatch({ id: 'theirs', rows: [{ key: 'a', prompt: 'a', width: 32, height: 32 }] });
});
afterAll(() => rig.close());

const statusOf = async (answer: Promise<Response>) => (await answer).status;

test('a token is exchanged for a cookie that scripts and other sites do not get', async () => {
  const answer = await signIn(api, { token: starter.token });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    role: 'start',
    prefix: '',
    csrf: expect.stringMatching(/^[\w-]{43}$/),
    temporalUi: { address: 'http://127.0.0.1:8233', namespace: rig.server.namespace },
    maxUploadBytes: 1024 * 1024,
  });
  const [cookie = ''] = answer.headers.getSetCookie();
  const port = new URL(api.url).port;
  expect(cookie).toMatch(
    new RegExp(`^imagepipeline-${port}=[\\w-]{43}; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict$`),
  );
  expect(cookie).not.toContain(starter.token);
});

test('behind TLS the cookie is Secure, belongs to this host, and no other is read', async () => {
  const headers = { 'x-forwarded-proto': 'https' };
  const answer = await signIn(api, { token: starter.token }, headers);
  const [cookie = ''] = answer.headers.getSetCookie();
  expect(cookie).toMatch(/^__Host-imagepipeline=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
  const value = cookie.split(';')[0] ?? '';
  const { csrf } = (await answer.json()) as { readonly csrf: string };
  expect(await statusOf(sendAs({ cookie: value, csrf }, api, '/v1/batches/theirs', { headers }))).toBe(200);
  const plain = value.replace('__Host-imagepipeline', `imagepipeline-${new URL(api.url).port}`);
  expect(await statusOf(sendAs({ cookie: plain, csrf }, api, '/v1/batches/theirs', { headers }))).toBe(401);
});

test.each([
  ['an unknown token', { token: 'a-token-of-another-gateway' }],
  ['no token', { token: '' }],
  ['an unknown code', { code: 'x' }],
])('%s opens no session', async (_what, credential) => {
  const answer = await signIn(api, credential);
  expect(answer.status).toBe(401);
  expect(answer.headers.getSetCookie()).toEqual([]);
});

test('without a session, or with another one, every route of data refuses', async () => {
  for (const url of [
    '/v1/batches',
    '/v1/batches/theirs',
    '/v1/account',
    '/v1/batches/theirs/events',
    '/dashboard/session',
  ]) {
    const session = { cookie: 'imagepipeline-1=x; __Host-imagepipeline=guessed', csrf: 'x' };
    expect([url, await statusOf(sendAs(session, api, url))]).toEqual([url, 401]);
    expect([url, await statusOf(fetch(`${api.url}${url}`))]).toEqual([url, 401]);
  }
});

test('a session may do what its token may', async () => {
  const session = await openSession(api, reader.token);
  expect(await statusOf(sendAs(session, api, '/v1/batches/theirs'))).toBe(200);
  for (const [method, url] of [
    ['POST', '/v1/batches/theirs/pause'],
    ['POST', '/v1/account/hold'],
    ['POST', '/v1/batches/theirs/redrive'],
  ] as const) {
    const answer = await sendAs(session, api, url, { method });
    expect([url, answer.status, await answer.json()]).toEqual([
      url,
      403,
      expect.objectContaining({ code: 'FORBIDDEN' }),
    ]);
  }
  const ours = await openSession(api, limited.token);
  expect(await statusOf(sendAs(ours, api, '/v1/batches/theirs'))).toBe(404);
  expect(await statusOf(sendAs(ours, api, '/v1/account'))).toBe(403);
});

describe('requests of other pages with the cookie of a user', () => {
  const pause = '/v1/batches/theirs/pause';

  test('a write without the CSRF token, or with another one, is refused', async () => {
    const session = await openSession(api, starter.token);
    const other = await openSession(api, starter.token);
    for (const csrf of ['', 'x', other.csrf]) {
      const answer = await sendAs({ ...session, csrf }, api, pause, { method: 'POST' });
      expect(answer.status).toBe(403);
      expect(await answer.json()).toMatchObject({ remedy: expect.stringContaining('Reload the page') });
    }
    expect(await statusOf(sendAs({ ...session, csrf: 'x' }, api, '/dashboard/session', { method: 'DELETE' }))).toBe(
      403,
    );
    // The batch may have ended by now.
    expect([200, 409]).toContain(await statusOf(sendAs(session, api, pause, { method: 'POST' })));
  });

  test.each(['cross-site', 'same-site'])('a %s request has no session', async (site) => {
    const session = await openSession(api, starter.token);
    const headers = { 'sec-fetch-site': site };
    expect(await statusOf(sendAs(session, api, '/v1/batches/theirs', { headers }))).toBe(401);
    expect(await statusOf(sendAs(session, api, pause, { method: 'POST', headers }))).toBe(401);
  });

  test('another page cannot sign a browser in, nor send a form that does', async () => {
    const answer = await signIn(api, { token: starter.token }, { 'sec-fetch-site': 'cross-site' });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []]);
    const form = await signIn(api, { token: starter.token }, { 'content-type': 'text/plain' });
    expect([form.status, form.headers.getSetCookie()]).toEqual([415, []]);
  });

  test('no answer allows another origin to read it', async () => {
    const session = await openSession(api, starter.token);
    for (const url of ['/dashboard/session', '/v1/batches', '/dashboard']) {
      const answer = await sendAs(session, api, url, { headers: { origin: 'https://evil.example' } });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

test('a sign-out ends the session on the server', async () => {
  const session = await openSession(api, starter.token);
  const answer = await sendAs(session, api, '/dashboard/session', { method: 'DELETE' });
  expect([answer.status, answer.headers.getSetCookie()]).toEqual([204, [expect.stringContaining('=; Max-Age=0;')]]);
  expect(await statusOf(sendAs(session, api, '/v1/batches/theirs'))).toBe(401);
});

test('a session ends when its token is removed, or gets another role', async () => {
  const [gone, changed, kept] = [
    await openSession(api, reader.token),
    await openSession(api, limited.token),
    await openSession(api, starter.token),
  ];
  write(starter, { entry: { ...limited.entry, role: 'read' } });
  await until('the file is read again', async () => (await statusOf(sendAs(gone, api, '/v1/batches'))) === 401);
  expect(await statusOf(sendAs(changed, api, '/v1/batches'))).toBe(401);
  expect(await statusOf(sendAs(kept, api, '/v1/batches'))).toBe(200);
  write(starter, reader, limited);
});

test('a token in the address opens nothing', async () => {
  for (const name of ['token', 'access_token', 'authorization', 'code']) {
    expect(await statusOf(fetch(`${api.url}/v1/batches?${name}=${starter.token}`))).toBe(401);
  }
  const page = await fetch(`${api.url}/dashboard?token=${starter.token}`);
  expect(page.headers.getSetCookie()).toEqual([]);
  expect(await page.text()).not.toContain(starter.token);
});

test('failed sign-ins are limited, and a right token still signs in', async () => {
  const answers: number[] = [];
  for (let index = 0; index < 25; index += 1) answers.push(await statusOf(signIn(api, { token: `wrong-${index}` })));
  expect(answers.slice(-3)).toEqual([429, 429, 429]);
  expect(await statusOf(signIn(api, { token: starter.token }))).toBe(200);
});

test('a link signs in once', async () => {
  const second = await startTestApi(rig, {
    tokens: [toPlainToken('the-token-of-this-test')],
    dashboard: { temporalUi: null },
  });
  const link = second.createSignInUrl(toPlainToken('the-token-of-this-test')) ?? '';
  const { origin, pathname, search, hash } = new URL(link);
  expect([origin, pathname, search]).toEqual([second.url, '/dashboard', '']);
  const code = hash.replace('#code=', '');
  expect(link).not.toContain('the-token-of-this-test');
  const answer = await signIn(second, { code });
  expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ role: 'start' })]);
  expect(await statusOf(signIn(second, { code }))).toBe(401);
  // A code is not a token.
  expect(await statusOf(signIn(second, { token: code }))).toBe(401);
  expect(await statusOf(fetch(`${second.url}/v1/batches`, { headers: { authorization: `Bearer ${code}` } }))).toBe(401);
});

test('without the dashboard there is no page and no session', async () => {
  const plain = await startTestApi(rig, { dashboard: null });
  expect([plain.dashboardUrl, plain.createSignInUrl(toPlainToken('x'))]).toEqual([null, null]);
  for (const url of ['/', '/dashboard', '/dashboard/session']) {
    expect(await statusOf(fetch(`${plain.url}${url}`))).toBe(404);
  }
});

describe('sessions are bounded', () => {
  const token = toPlainToken('a-token-of-the-tests');
  const book = new TokenBook([token], null, () => undefined);

  test('in their life', () => {
    let now = 0;
    const sessions = new Sessions(book, () => now);
    const { secret } = sessions.open(token);
    now = MAX_SESSION_MS - 1;
    expect(sessions.find(secret)).not.toBeNull();
    now = MAX_SESSION_MS;
    expect(sessions.find(secret)).toBeNull();
  });

  test('in their number: a new one replaces the oldest', () => {
    const sessions = new Sessions(book);
    const first = sessions.open(token);
    const others = Array.from({ length: 1_000 }, () => sessions.open(token));
    expect(sessions.find(first.secret)).toBeNull();
    expect(others.every(({ secret }) => sessions.find(secret) !== null)).toBe(true);
  });

  test('codes in their life', () => {
    let now = 0;
    const sessions = new Sessions(book, () => now);
    const [early, late] = [sessions.createCode(token), sessions.createCode(token)];
    now = MAX_CODE_MS - 1;
    expect(sessions.redeemCode(early)).toEqual(token);
    now = MAX_CODE_MS;
    expect(sessions.redeemCode(late)).toBeNull();
  });
});
