/** Lists with cursors and filters, and results and ZIPs by filter, over one server. */
import type { Api } from '../../gateway';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { AUTHORIZED, startTestApi } from './api-harness';

let rig: Rig;
let api: Api;

const image = (prompt: string) => ({ prompt, width: 32, height: 32 });
const SHARED = ['b1', 'b2', 'b3'];

beforeAll(async () => {
  rig = await startRig();
  api = await startTestApi(rig);
  rig.emulator.script({ match: { promptIncludes: 'endless' }, then: { never: true } });
  const { client } = rig;
  const rows = ['a', 'b', 'c', 'd'].map((key) => ({ key, ...image(key === 'b' ? '{{INPUT_INVALID}}' : key) }));
  await Promise.all([
    ...SHARED.map(async (id) => {
      const once = [{ key: 'a', ...image('{{INPUT_INVALID x1}}') }];
      await (await client.startBatch({ id, rows: once })).result();
    }),
    client.startBatch({ id: 'open', rows: [{ key: 'a', ...image('endless') }] }),
    client.startBatch({ id: 'spring', rows }).then((batch) => batch.result()),
    client.startImage({ id: 'i-running', request: image('endless') }),
    client.startImage({ id: 'i-done', request: image('a') }).then((item) => item.result()),
    client.startImage({ id: 'i-failed', request: image('{{INPUT_INVALID}}') }).then((item) => item.report()),
    client
      .startItem({ id: 's-done', operation: 'generate/speech', request: { text: 'hello' } })
      .then((item) => item.result()),
  ]);
  await client.batch('b2').redrive();
  await client.batch('b2').result();
  await until('all are listed', async () => (await list('/v1/batches')).ids.length === SHARED.length + 2);
  await until('all are listed', async () => (await list('/v1/items')).ids.length === 4);
});
afterAll(() => rig.close());

interface Entry {
  readonly id: string;
  readonly state: string;
  readonly operation?: string | null;
}

function ask(url: string): Promise<Response> {
  return fetch(`${api.url}${url}`, { headers: AUTHORIZED });
}

async function list(url: string) {
  const answer = await ask(url);
  const data = (await answer.json()) as {
    readonly batches?: readonly Entry[];
    readonly items?: readonly Entry[];
    readonly nextCursor: string | null;
    readonly remedy?: string;
    readonly errors?: readonly { readonly field: string }[];
  };
  const entries = data.batches ?? data.items ?? [];
  return { status: answer.status, data, entries, ids: entries.map(({ id }) => id) };
}

async function listAll(url: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await list(`${url}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    ids.push(...page.ids);
    cursor = page.data.nextCursor;
  }
  return ids;
}

test.each([1, 2, 3, 100])('pages of %d list each batch once, also one with several runs', async (limit) => {
  const ids = await listAll(`/v1/batches?limit=${limit}`);
  expect([...ids].sort()).toEqual([...SHARED, 'open', 'spring'].sort());
  expect(ids[0]).toBe('open');
});

test('batches by state, by the beginning of their id, and by time', async () => {
  expect((await list('/v1/batches?state=running')).entries).toMatchObject([{ id: 'open', state: 'running' }]);
  expect(await listAll('/v1/batches?state=completed&limit=2')).toHaveLength(SHARED.length + 1);
  expect([...(await listAll('/v1/batches?prefix=b&limit=2'))].sort()).toEqual(SHARED);
  expect((await list('/v1/batches?prefix=b&state=paused')).ids).toEqual([]);
  const soon = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
  expect((await list(`/v1/batches?startedAfter=${soon}`)).ids).toEqual([]);
  expect((await list(`/v1/batches?startedBefore=${soon}&startedAfter=2020-01-01T00:00:00%2B02:00`)).ids).toHaveLength(
    SHARED.length + 2,
  );
});

test('items by state and operation', async () => {
  expect([...(await listAll('/v1/items?limit=1'))].sort()).toEqual(['i-done', 'i-failed', 'i-running', 's-done']);
  expect((await list('/v1/items?state=failed')).entries).toMatchObject([
    { id: 'i-failed', operation: 'generate/image' },
  ]);
  expect((await list('/v1/items?state=running')).ids).toEqual(['i-running']);
  expect((await list('/v1/items?operation=generate/speech')).ids).toEqual(['s-done']);
  expect((await list('/v1/items?prefix=i-&state=succeeded')).ids).toEqual(['i-done']);
});

test.each([
  ["cursor=a'b", 'cursor'],
  ["prefix=a'%20OR%201=1", 'prefix'],
  ['limit=0', 'limit'],
  ['limit=5000', 'limit'],
  ['startedAfter=yesterday', 'startedAfter'],
  ['state=happy', 'state'],
])('%s is refused by name', async (query, field) => {
  const { status, data } = await list(`/v1/batches?${query}`);
  expect({ status, field: data.errors?.[0]?.field }).toEqual({ status: 422, field });
});

test.each(['cursor=abc', `cursor=${'a'.repeat(60)}`])('%s has no page', async (query) => {
  const { status, data } = await list(`/v1/batches?${query}`);
  expect(status).toBe(404);
  expect(data.remedy).toMatch(/without a cursor/);
});

async function keys(query: string): Promise<readonly string[]> {
  const text = (await (await ask(`/v1/batches/spring/results?${query}`)).text()).trim();
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line).key);
}

test('results after a key, by outcome and by code', async () => {
  expect(await keys('after=b')).toEqual(['c', 'd']);
  expect(await keys('after=d')).toEqual([]);
  expect(await keys('outcome=succeeded&after=a')).toEqual(['c', 'd']);
  expect(await keys('code=INPUT_INVALID')).toEqual(['b']);
  expect((await list('/v1/batches/spring/results?step=none')).status).toBe(422);
  expect((await list('/v1/batches/spring/results?after=x')).status).toBe(404);
});

const LOCAL_HEADER = 'PK\u0003\u0004';
/** Where a name begins after that. */
const NAME_AT = 26;

/** Names in the order of a ZIP, by the signatures of its local headers. */
async function names(query: string): Promise<readonly string[]> {
  const answer = await ask(`/v1/batches/spring/files.zip?${query}`);
  expect({ status: answer.status, type: answer.headers.get('content-type') }).toEqual({
    status: 200,
    type: 'application/zip',
  });
  const [, ...files] = Buffer.from(await answer.arrayBuffer())
    .toString('latin1')
    .split(LOCAL_HEADER);
  return files.map((file) => /^\w+\.webp/.exec(file.slice(NAME_AT))?.[0] ?? '');
}

test('a ZIP of all files, of some, and the rest of one that was cut off', async () => {
  expect(await names('')).toEqual(['a.webp', 'c.webp', 'd.webp']);
  expect(await names('after=a&role=result')).toEqual(['c.webp', 'd.webp']);
  expect(await names('outcome=failed')).toEqual([]);
  expect((await ask('/v1/batches/spring/files.zip?role=cutout')).status).toBe(422);
  expect((await ask('/v1/batches/nobody/files.zip')).status).toBe(404);
  expect((await ask('/v1/batches/spring/files.zip?after=x')).status).toBe(404);
});

test('many who leave a ZIP in the middle take no place of others', async () => {
  for (let number = 0; number < 20; number += 1) {
    const leaving = new AbortController();
    const answer = await fetch(`${api.url}/v1/batches/spring/files.zip`, {
      headers: AUTHORIZED,
      signal: leaving.signal,
    });
    expect(answer.status).toBe(200);
    leaving.abort();
    await answer.arrayBuffer().catch(() => undefined);
  }
});
