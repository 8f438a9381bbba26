/** Several callers at one gateway: what a role allows, what a prefix hides, and how tokens are replaced without a restart. */
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Document } from 'openapi-client-axios';
import type { Api } from '../../gateway';
import { type ApiToken, createToken, parseTokens } from '../../gateway/api/access/api-token';
import { ROLES } from '../../gateway/api/access/roles';
import { TokenBook } from '../../gateway/api/access/token-book';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';
import { fetchDocument, startTestApi } from './api-harness';

const image = (prompt: string) => ({ prompt, width: 32, height: 32 });
const made = (terms: Parameters<typeof createToken>[0]) => createToken(terms);
const ours = made({ name: 'ours', role: 'start', prefix: 'ours-' });
const theirs = made({ name: 'theirs', role: 'start', prefix: 'theirs-' });
const reader = made({ name: 'reader', role: 'read' });
const operator = made({ name: 'operator', role: 'operate' });
const lead = made({ name: 'lead', role: 'start' });
const ALL = [ours, theirs, reader, operator, lead];

let rig: Rig;
let api: Api;
let document: Document;

beforeAll(async () => {
  rig = await startRig();
  api = await startTestApi(rig, { tokens: parseTokens(JSON.stringify(ALL.map(({ entry }) => entry)), 'X', []) });
  document = await fetchDocument(api);
  const { client } = rig;
  await Promise.all([
    client.startBatch({ id: 'theirs-batch', rows: [{ key: 'a', ...image('a') }] }).then((batch) => batch.result()),
    client.startImage({ id: 'theirs-item', request: image('b') }).then((item) => item.result()),
  ]);
});
afterAll(() => rig.close());

interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(
  { token }: { readonly token: string },
  url: string,
  { method = 'GET', body, headers = {} }: Asked = {},
) {
  const isText = typeof body === 'string';
  const answer = await fetch(`${api.url}${url}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': isText ? 'application/x-ndjson' : 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, text, data: text.startsWith('{') ? JSON.parse(text) : null };
}

/** Every operation of the document, with the names in its path filled in. */
function listOperations(names: Readonly<Record<string, string>>) {
  return Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    ['get', 'post', 'patch', 'delete'].flatMap((method) => {
      if (methods?.[method as 'get'] === undefined) return [];
      const url = path.replace(/\{(\w+)\}/g, (_all, name) => names[name] ?? 'x');
      return [{ method: method.toUpperCase(), path, url }];
    }),
  );
}

/** A right body for each path that takes one, with an id of another caller wherever there may be one. */
const BODIES: Readonly<Record<string, unknown>> = {
  'POST /v1/items': { id: 'theirs-new', operation: 'generate/image', request: image('x') },
  'POST /v1/images': { id: 'theirs-new', request: image('x') },
  'POST /v1/schedules': { id: 'theirs-new', rows: [{ key: 'a', ...image('x') }], schedule: '@yearly' },
  'POST /v1/batches/{id}/add': `${JSON.stringify({ key: 'b', ...image('b') })}\n`,
  'POST /v1/batches/{id}/redrive': {},
  'PATCH /v1/batches/{id}': { concurrency: 1 },
};

test('no route does or shows anything of another caller, by whichever of its ids', async () => {
  const { submits } = rig.emulator.ledger();
  const operations = listOperations({ id: 'theirs-item', key: 'a', role: 'result' });
  expect(operations.length).toBeGreaterThan(30);
  for (const { method, path, url } of operations) {
    const isOfBatch = path.startsWith('/v1/batches');
    const named = isOfBatch ? url.replace('theirs-item', 'theirs-batch') : url;
    const unknown = named.replace(/theirs-(item|batch)/, 'theirs-unknown');
    const asked = { method, body: BODIES[`${method} ${path}`] };
    const answer = await ask(ours, named, asked);
    const same = await ask(ours, unknown, asked);
    expect({ method, path, status: answer.status, text: answer.text }).toEqual({
      method,
      path,
      status: same.status,
      text: same.text,
    });
    const isAccount = /^\/v1\/(account|profiles|segments)/.test(path);
    if (path.includes('{id}') || isAccount)
      expect({ method, path, status: answer.status }).toEqual({ method, path, status: isAccount ? 403 : 404 });
    expect({ method, path, text: answer.text }).toEqual({
      method,
      path,
      text: expect.not.stringContaining('theirs-item'),
    });
  }
  expect((await ask(theirs, '/v1/batches/theirs-batch')).data).toMatchObject({ state: 'completed' });
  expect(rig.emulator.ledger().submits).toBe(submits);
});

test('lists have only what is theirs, whatever prefix is asked for', async () => {
  await until('it is listed', async () => (await ask(theirs, '/v1/batches')).data.batches.length === 1);
  await until('it is listed', async () => (await ask(lead, '/v1/items')).data.items.length === 1);
  for (const query of ['', '?prefix=theirs-', '?prefix=t', '?prefix=o', '?state=completed']) {
    expect((await ask(ours, `/v1/batches${query}`)).data).toEqual({ batches: [], nextCursor: null });
  }
  expect((await ask(ours, '/v1/items?prefix=theirs-')).data.items).toEqual([]);
  expect((await ask(theirs, '/v1/items?prefix=theirs-i')).data.items).toHaveLength(1);
});

test('a start needs an id of its own, and results of others are no inputs', async () => {
  const item = (id: string | undefined, input: string) => ({
    ...(id === undefined ? {} : { id }),
    operation: 'upscale/image',
    request: { input_image: input, scale: 2 },
  });
  const start = (id: string | undefined, input: string) =>
    ask(ours, '/v1/items', { method: 'POST', body: item(id, input) });
  const web = 'https://example.com/a.png';
  expect((await start('theirs-x', web)).data.errors).toMatchObject([{ field: 'id' }]);
  expect((await start(undefined, web)).data.errors).toMatchObject([
    { field: 'id', problem: expect.stringContaining('is missing') },
  ]);
  for (const [theirsInput, unknown] of [
    ['item:theirs-item', 'item:theirs-none'],
    ['batch:theirs-batch/a', 'batch:theirs-none/a'],
  ] as const) {
    const answer = await start('ours-x', theirsInput);
    const same = await start('ours-x', unknown);
    expect(answer.status).toBe(422);
    expect(answer.text.replaceAll(theirsInput, '')).toBe(same.text.replaceAll(unknown, ''));
    const row = `${JSON.stringify({ key: 'a', operation: 'upscale/image', input_image: theirsInput, scale: 2 })}\n`;
    const batch = await ask(ours, '/v1/batches?id=ours-rows', { method: 'POST', body: row });
    expect(batch).toMatchObject({ status: 422, data: { code: 'INVALID_ROWS', errors: [{ field: 'input_image' }] } });
  }
  const row = `${JSON.stringify({ key: 'a', ...image('r') })}\n`;
  expect(await ask(ours, '/v1/batches', { method: 'POST', body: row })).toMatchObject({ status: 422 });
  expect(await ask(ours, '/v1/batches?id=theirs-y', { method: 'POST', body: row })).toMatchObject({ status: 422 });
  expect(
    await ask(theirs, '/v1/items', { method: 'POST', body: item('theirs-large', 'item:theirs-item') }),
  ).toMatchObject({
    status: 202,
  });
});

test('a role allows what is in it', async () => {
  const forbidden = async (token: { readonly token: string }) => {
    const refused = new Set<string>();
    for (const { method, path, url } of listOperations({ id: 'nothing', key: 'a', role: 'result', name: 'x' })) {
      if (path === '/v1/profiles' || path === '/v1/segments' || path === '/v1/profiles/{id}') continue;
      const { status, data } = await ask(token, url, { method, body: method === 'POST' ? {} : undefined });
      if (status === 403 && data.code === 'FORBIDDEN') refused.add(`${method} ${path}`);
    }
    return [...refused].sort();
  };
  const starts = [
    'DELETE /v1/schedules/{id}',
    'POST /v1/batches',
    'POST /v1/batches/{id}/add',
    'POST /v1/batches/{id}/redrive',
    'POST /v1/images',
    'POST /v1/items',
    'POST /v1/plans',
    'POST /v1/schedules',
    'POST /v1/schedules/{id}/trigger',
  ];
  expect(await forbidden(operator)).toEqual(starts);
  expect(await forbidden(reader)).toEqual(
    [
      ...starts,
      'DELETE /v1/batches/{id}',
      'DELETE /v1/images/{id}',
      'DELETE /v1/items/{id}',
      'PATCH /v1/account',
      'PATCH /v1/batches/{id}',
      'POST /v1/account/hold',
      'POST /v1/account/resume',
      'POST /v1/batches/{id}/cancel',
      'POST /v1/batches/{id}/pause',
      'POST /v1/batches/{id}/resume',
      'POST /v1/images/{id}/cancel',
      'POST /v1/items/{id}/cancel',
      'POST /v1/schedules/{id}/pause',
      'POST /v1/schedules/{id}/resume',
    ].sort(),
  );
});

describe('an Idempotency-Key', () => {
  const headers = { 'idempotency-key': '"a key, with \\"quotes\\""' };
  const body = { request: image('once') };

  test('finds what it has started; with another request, and for another caller, it does not', async () => {
    const first = await ask(lead, '/v1/images', { method: 'POST', body, headers });
    expect(first).toMatchObject({ status: 202, data: { alreadyStarted: false } });
    expect(first.data.id).toMatch(/^key-[0-9a-f]{40}$/);
    expect((await ask(lead, '/v1/images', { method: 'POST', body, headers })).data).toEqual({
      id: first.data.id,
      alreadyStarted: true,
    });
    const other = await ask(lead, '/v1/images', { method: 'POST', body: { request: image('other') }, headers });
    expect(other).toMatchObject({ status: 422, data: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    const mine = await ask(ours, '/v1/images', { method: 'POST', body: { request: image('other') }, headers });
    expect(mine).toMatchObject({ status: 202, data: { id: expect.stringMatching(/^ours-key-/) } });
    const named = await ask(lead, '/v1/images', { method: 'POST', body: { ...body, id: 'named' }, headers });
    expect(named).toMatchObject({ status: 202, data: { id: 'named', alreadyStarted: false } });
  });

  test('of a batch is its id', async () => {
    const row = (prompt: string) => `${JSON.stringify({ key: 'a', ...image(prompt) })}\n`;
    const start = (text: string) =>
      ask(ours, '/v1/batches', { method: 'POST', body: row(text), headers: { 'idempotency-key': 'bare-key' } });
    const first = await start('rows');
    expect(first).toMatchObject({
      status: 202,
      data: { alreadyStarted: false, id: expect.stringMatching(/^ours-key-/) },
    });
    expect((await start('rows')).data).toMatchObject({ id: first.data.id, alreadyStarted: true });
    expect(await start('other rows')).toMatchObject({ status: 422, data: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  });

  test.each(['""', '"open', `"${'x'.repeat(300)}"`])('%s is refused', async (key) => {
    const { status, data } = await ask(lead, '/v1/images', {
      method: 'POST',
      body,
      headers: { 'idempotency-key': key },
    });
    expect({ status, field: data.errors?.[0]?.field }).toEqual({ status: 422, field: 'Idempotency-Key' });
  });
});

describe('a list of tokens', () => {
  const read = (text: string) => {
    const problems: string[] = [];
    return { tokens: parseTokens(text, 'TOKENS', problems), problems };
  };
  const entry = { name: 'a', sha256: 'a'.repeat(64), role: 'read' };

  test('is JSON or plain', () => {
    expect(read(JSON.stringify([entry]))).toMatchObject({
      problems: [],
      tokens: [{ name: 'a', role: 'read', prefix: '' }],
    });
    expect(read('x'.repeat(20)).tokens).toMatchObject([{ role: 'start', prefix: '' }]);
  });

  test.each([
    ['no JSON', '[', 'TOKENS: body is null; must be a list'],
    ['nothing', '[]', 'TOKENS: body is too short; must have at least 1'],
    ['another role', JSON.stringify([{ ...entry, role: 'admin' }]), 'TOKENS: 0.role '],
    [
      'the token itself',
      JSON.stringify([{ ...entry, sha256: 'secret-token' }]),
      'TOKENS: 0.sha256 must be the SHA-256',
    ],
    ['an unknown field', JSON.stringify([{ ...entry, prefx: 'a' }]), 'TOKENS: 0.prefx is not known'],
    [
      'a prefix that begins no id',
      JSON.stringify([{ ...entry, prefix: '../' }]),
      'TOKENS: 0.prefix must be the beginning',
    ],
    ['a token twice', JSON.stringify([entry, entry]), 'TOKENS: two entries have the same sha256'],
  ])('with %s is refused', (_what, text, problem) => {
    const { problems } = read(text);
    expect(problems[0]).toContain(problem);
    expect(problems.join()).not.toContain('secret-token');
  });

  test('is read again when its file changes; one that cannot be used changes nothing', async () => {
    const file = path.join(tempFolder(), 'tokens');
    const write = (text: string) => {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    };
    const [first, second] = [made({ name: 'a', role: 'read' }), made({ name: 'a', role: 'start' })];
    const log: string[] = [];
    write(JSON.stringify([first.entry]));
    const book = new TokenBook(read(JSON.stringify([first.entry])).tokens, file, (line) => log.push(line));
    const rolesOf = () => [first, second].map(({ token }): ApiToken['role'] | undefined => book.find(token)?.role);
    expect(rolesOf()).toEqual(['read', undefined]);
    write(JSON.stringify([first.entry, second.entry]));
    await until('both are known', () => rolesOf()[1] === 'start');
    write('[{"name": "a", "sha256": "secret"}]');
    await until('it is reported', () => rolesOf().length > 0 && log.length > 0);
    expect(rolesOf()).toEqual(['read', 'start']);
    expect(log.join()).not.toContain('"secret"');
    write(JSON.stringify([second.entry]));
    await until('the first is gone', () => rolesOf()[0] === undefined);
    expect(log).toHaveLength(1);
  });

  test('has three roles', () => expect(ROLES).toEqual(['read', 'operate', 'start']));
});
