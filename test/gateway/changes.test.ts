/** The request of an item over HTTP, its inputs and its runs, and changes of single fields that run it again. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Api } from '../../gateway';
import { createToken, hashToken, toPlainToken } from '../../gateway/api/access/api-token';
import { drawPhoto } from '../support/file-server';
import { type Rig, startRig } from '../support/rig';
import { startTestApi, TOKEN } from './api-harness';

const HTML = '<img src=x onerror="window.wasRun=1">';
const SECRET = 'https://user:word@example.com/logo.png?X-Amz-Signature=abcdef';
const image = (prompt: string) => ({ prompt, width: 32, height: 32 });

let rig: Rig;
let api: Api;
let picture: Buffer;
let sha256 = '';
const theirs = createToken({ name: 'theirs', role: 'start', prefix: 'theirs-' });
const reader = createToken({ name: 'reader', role: 'read' });

beforeAll(async () => {
  rig = await startRig();
  const tokens = [
    toPlainToken(TOKEN),
    ...[theirs, reader].map(({ token, entry }) => ({
      name: entry.name ?? '',
      hash: hashToken(token),
      role: entry.role as 'start' | 'read',
      prefix: entry.prefix ?? '',
    })),
  ];
  api = await startTestApi(rig, { tokens });
  picture = await drawPhoto();
  sha256 = createHash('sha256').update(picture).digest('hex');
  const match = { promptIncludes: 'an answer that is lost' };
  rig.emulator.script({ match, times: 1, then: { on: 'submit', fault: 'reset-after-accept' } });
  const rows = [
    { key: 'a', ...image('one'), seed: 7, logo_url: SECRET, note: HTML },
    { key: 'b', ...image('{{INPUT_INVALID}}') },
    { key: 'c', ...image('an answer that is lost') },
    { key: 'p', operation: 'upscale/image' as const, input_image: picture, scale: 2 },
  ];
  const batch = await rig.client.startBatch({ id: 'spring', rows });
  const stepped = await rig.client.startBatch({
    id: 'stepped',
    rows: [{ key: 's' }],
    recipe: {
      steps: [
        { id: 'base', operation: 'generate/image', fields: image('base') },
        { id: 'cut', operation: 'background/remove/image', fields: { input_image: '{{steps.base}}' } },
      ],
    },
  });
  await Promise.all([batch.result(), stepped.result()]);
});
afterAll(() => rig.close());

interface Run {
  readonly outcome: string | null;
  readonly code: string | null;
  readonly changed: readonly string[];
  readonly submissions: readonly { readonly jobId: string | null }[];
}

/** The fields that are looked at. */
interface Answer {
  readonly code?: string;
  readonly detail?: string;
  readonly remedy?: string;
  readonly errors?: readonly { readonly field?: string; readonly problem: string }[];
  readonly steps?: readonly {
    readonly request: Readonly<Record<string, unknown>>;
    readonly inputs: readonly { readonly file: string | null }[];
  }[];
  readonly runs?: readonly Run[];
  readonly selected?: number;
  readonly leftUnknown?: number;
  readonly possiblyPaid?: number;
}

const as = (token: string) => ({ authorization: `Bearer ${token}` });

function ask(url: string, token = TOKEN): Promise<Response> {
  return fetch(`${api.url}/v1/batches/${url}`, { headers: as(token) });
}

async function read(url: string, token = TOKEN) {
  const answer = await ask(url, token);
  return { status: answer.status, data: (await answer.json()) as Answer };
}

async function redrive(id: string, body: object, token = TOKEN) {
  const answer = await fetch(`${api.url}/v1/batches/${id}/redrive`, {
    method: 'POST',
    headers: { ...as(token), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, data: (await answer.json()) as Answer };
}

const submits = () => rig.emulator.ledger().submits;

describe('the request of an item', () => {
  test('has its fields without the secrets of addresses, its values, and how it ended in its run', async () => {
    const { status, data } = await read('spring/items/a/request');
    expect({ status, data }).toMatchObject({
      status: 200,
      data: {
        key: 'a',
        steps: [{ operation: 'generate/image', request: { ...image('one'), seed: 7 } }],
        values: { note: HTML },
        runs: [{ number: 1, outcome: 'succeeded', code: null, changed: [], workflowId: 'spring/page-000000' }],
      },
    });
    const [step] = data.steps ?? [];
    expect(step?.request['logo_url']).toBe('https://…@example.com/logo.png?…');
    expect(step?.inputs).toEqual([
      { field: 'logo_url', media: 'image', kind: 'address', file: null, name: 'https://…@example.com/logo.png?…' },
    ]);
    expect(JSON.stringify(data)).not.toMatch(/abcdef|word@/);
    expect(data.runs?.[0]?.submissions).toHaveLength(1);
  });

  test('of several steps names each, and where the file of an earlier one is', async () => {
    const { data } = await read('stepped/items/s/request');
    expect(data.steps).toMatchObject([
      { id: 'base', operation: 'generate/image', inputs: [] },
      { id: 'cut', inputs: [{ field: 'input_image', kind: 'step', name: 'base.result' }] },
    ]);
    const file = data.steps?.[1]?.inputs[0]?.file ?? '';
    expect(file).toBe('/v1/batches/stepped/items/s/files/base.result');
    expect((await fetch(`${api.url}${file}`, { headers: as(TOKEN) })).status).toBe(200);
  });

  test.each([
    ['nobody/items/a/request', 404],
    ['spring/items/nobody/request', 404],
    ['spring/items/..%2f..%2fmanifest/request', 422],
    ['..%2f..%2fetc/items/a/request', 422],
    ['spring/items/constructor/request', 404],
    ['spring/items/__proto__/request', 404],
    ['..%2f..%2fetc/runs', 422],
    ['nobody/runs', 404],
  ])('%s is refused', async (url, status) => {
    const { status: found, data } = await read(url);
    expect(found).toBe(status);
    expect(JSON.stringify(data)).not.toContain(rig.store);
    // A read starts nothing in any case.
    expect(JSON.stringify(data)).not.toContain('nothing was started');
  });
});

describe('the inputs of an item', () => {
  const inputOf = (key: string, hash: string) => `spring/items/${key}/inputs/${hash}`;

  test('are served as no browser runs them, by their content alone', async () => {
    const { data } = await read('spring/items/p/request');
    const file = `/v1/batches/${inputOf('p', sha256)}`;
    expect(data.steps?.[0]?.inputs).toMatchObject([
      { field: 'input_image', kind: 'stored', file, name: expect.any(String) },
    ]);
    const answer = await fetch(`${api.url}${file}`, { headers: as(TOKEN) });
    expect(Buffer.from(await answer.arrayBuffer()).equals(picture)).toBe(true);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-security-policy': "default-src 'none'; sandbox",
      'content-disposition': `attachment; filename="${sha256}.png"`,
      'x-content-type-options': 'nosniff',
      etag: `"${sha256}"`,
    });
    const again = await fetch(`${api.url}${file}`, { headers: { ...as(TOKEN), 'if-none-match': `"${sha256}"` } });
    expect(again.status).toBe(304);
  });

  test.each([
    ['the input of another item', () => inputOf('a', sha256), 404],
    ['another content', () => inputOf('p', 'ab'.repeat(32)), 404],
    ['a path', () => inputOf('p', '..%2f..%2fstore.json'), 422],
    ['a path with a beginning', () => inputOf('p', `${sha256}%2f..%2f..%2fstore.json`), 422],
    ['an encoded zero', () => inputOf('p', '%00'), 422],
    ['capital digits', () => inputOf('p', sha256.toUpperCase()), 422],
  ])('%s is not there', async (_what, url, status) => {
    const { status: found, data } = await read(url());
    expect(found).toBe(status);
    expect(JSON.stringify(data)).not.toContain(rig.store);
  });

  test('a file that was changed in the store is not sent, and one that is gone is said to be', async () => {
    const name = path.join(rig.store, 'inputs', `${sha256}.png`);
    writeFileSync(name, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'.padEnd(picture.length)));
    expect(await read(inputOf('p', sha256))).toMatchObject({ status: 503, data: { code: 'STORE_UNAVAILABLE' } });
    rmSync(name);
    expect(await read(inputOf('p', sha256))).toMatchObject({ status: 404 });
    expect((await read('spring/items/p/request')).data.steps?.[0]?.inputs).toMatchObject([
      { kind: 'stored', file: null },
    ]);
    writeFileSync(name, picture);
  });
});

describe('callers', () => {
  test('see nothing of the batches of others, and a token that may only read runs nothing again', async () => {
    for (const url of ['spring/items/a/request', `spring/items/p/inputs/${sha256}`, 'spring/runs'])
      expect([url, (await read(url, theirs.token)).status, (await read(url, 'a-token-of-nobody')).status]).toEqual([
        url,
        404,
        401,
      ]);
    const changes = [{ key: 'a', fields: { prompt: 'two' } }];
    expect(await redrive('spring', { outcomes: ['succeeded'], changes }, theirs.token)).toMatchObject({ status: 404 });
    expect(await redrive('spring', { outcomes: ['succeeded'], changes }, reader.token)).toMatchObject({ status: 403 });
    expect((await read('spring/items/a/request', reader.token)).status).toBe(200);
  });

  test('with a prefix learn no name of a file, which another caller may have given', async () => {
    const rows = [{ key: 'p', operation: 'upscale/image' as const, input_image: picture, scale: 2 }];
    await (await rig.client.startBatch({ id: 'theirs-p', rows })).result();
    const { data } = await read('theirs-p/items/p/request', theirs.token);
    expect(data.steps?.[0]?.inputs).toMatchObject([{ kind: 'stored', name: null, file: expect.any(String) }]);
  });
});

describe('changes of fields', () => {
  test('with every problem at once, and nothing changes', async () => {
    const before = submits();
    const { status, data } = await redrive('spring', {
      outcomes: ['succeeded', 'failed'],
      concurrency: 0,
      changes: [
        { key: 'a', fields: { width: 'x', prompt: null, colour: 'red', operation: 'upscale/image' } },
        { key: 'nobody', fields: { prompt: 'x' } },
        { key: 'a', step: 'base', fields: { prompt: 'x' } },
        { key: 'b', fields: { prompt: 'fine' } },
        { key: 'b', fields: { prompt: 'again' } },
        { key: 'p', fields: { input_image: `store:inputs/${sha256}.png` } },
      ],
    });
    expect(status).toBe(422);
    expect(data.errors?.map(({ field, problem }) => `${field} ${problem}`).sort()).toEqual([
      expect.stringMatching(/^changes\.0\.fields\.colour is not a field of this operation/),
      expect.stringMatching(/^changes\.0\.fields\.operation is not a field of this operation/),
      expect.stringMatching(/^changes\.0\.fields\.prompt is missing; must be a text/),
      expect.stringMatching(/^changes\.0\.fields\.width is "x"; must be a whole number from 1 to 1024/),
      'changes.1.key is "nobody", which no item of the batch has',
      'changes.2.step is "base", and the item has one step; leave it out',
      'changes.4.key is "b", which changes.3 has already',
      expect.stringMatching(/^changes\.5\.fields\.input_image is .*; must be an address/),
      expect.stringMatching(/^concurrency is 0/),
    ]);
    expect(submits()).toBe(before);
    expect((await read('spring/runs')).data.runs).toHaveLength(1);
  });

  test.each([
    [
      'with whole rows',
      { rows: [{ key: 'a', prompt: 'x' }], changes: [{ key: 'a', fields: { prompt: 'x' } }] },
      'changes',
    ],
    ['of nothing', { changes: [{ key: 'a', fields: {} }] }, 'changes.0.fields'],
    ['of no items', { changes: [] }, 'changes'],
    ['with a name that is none', { changes: [{ key: 'a', field: { prompt: 'x' } }] }, 'changes.0.field'],
  ])('%s are refused', async (_what, body, field) => {
    const { status, data } = await redrive('spring', body);
    expect({ status, fields: data.errors?.map((one) => one.field) }).toMatchObject({
      status: 422,
      fields: expect.arrayContaining([field]),
    });
  });

  test('__proto__ as a field is refused', async () => {
    const answer = await fetch(`${api.url}/v1/batches/spring/redrive`, {
      method: 'POST',
      headers: { ...as(TOKEN), 'content-type': 'application/json' },
      body: '{"changes": [{"key": "a", "fields": {"__proto__": 1, "prompt": "x"}}]}',
    });
    expect([answer.status, JSON.stringify(await answer.json())]).toEqual([422, expect.stringContaining('__proto__')]);
  });

  test('run one item again with its other fields as they were; its earlier run stays known', async () => {
    const before = submits();
    const body = {
      keys: ['a'],
      outcomes: ['succeeded'],
      changes: [{ key: 'a', fields: { prompt: HTML, seed: null } }],
    };
    expect(await redrive('spring', { ...body, dryRun: true })).toMatchObject({ status: 202, data: { selected: 1 } });
    expect(submits()).toBe(before);
    expect(await redrive('spring', body)).toMatchObject({ status: 202, data: { selected: 1, submissions: 1 } });
    await rig.client.batch('spring').result();
    expect(submits()).toBe(before + 1);
    expect(rig.emulator.ledger().jobs.at(-1)).toMatchObject({ prompt: HTML });
    const { data } = await read('spring/items/a/request');
    expect(data.steps?.[0]?.request).toEqual({
      ...image(HTML),
      logo_url: 'https://…@example.com/logo.png?…',
    });
    expect(data).toMatchObject({ values: { note: HTML } });
    expect(data.runs).toMatchObject([
      { number: 1, outcome: 'succeeded', changed: [] },
      { number: 2, outcome: 'succeeded', changed: ['prompt', 'seed'], workflowId: 'spring/page-000001' },
    ]);
    const jobs = data.runs?.flatMap(({ submissions }) => submissions.map(({ jobId }) => jobId));
    expect(new Set(jobs).size).toBe(2);
    const sidecar = await read('spring/items/a/files/result/sidecar');
    expect(JSON.stringify(sidecar.data)).toContain('X-Amz-Signature');
  });

  test('keep an input of the store, and the changed value of a step makes what follows it again', async () => {
    const changes = [{ key: 'p', fields: { scale: 3 } }];
    expect(await redrive('spring', { outcomes: ['succeeded'], changes })).toMatchObject({ data: { selected: 1 } });
    await rig.client.batch('spring').result();
    expect((await read('spring/items/p/request')).data.steps?.[0]).toMatchObject({
      request: { scale: 3 },
      inputs: [{ file: `/v1/batches/spring/items/p/inputs/${sha256}` }],
    });
    const stepped = [{ key: 's', step: 'base', fields: { prompt: 'another base' } }];
    const wrong = [{ key: 's', fields: { prompt: 'x' } }];
    expect((await redrive('stepped', { outcomes: ['succeeded'], changes: wrong })).data.errors).toEqual([
      { field: 'changes.0.step', problem: 'is missing; the item has the steps base, cut' },
    ]);
    const body = { outcomes: ['succeeded'], changes: stepped };
    expect(await redrive('stepped', body)).toMatchObject({ data: { selected: 1, submissions: 2 } });
    await rig.client.batch('stepped').result();
    expect((await read('stepped/items/s/request')).data.runs).toMatchObject([{}, { changed: ['base.prompt'] }]);
  });
});

test('an item that may have been paid is changed only if that is allowed', async () => {
  const before = submits();
  const body = { changes: [{ key: 'c', fields: { prompt: 'another' } }] };
  expect(await redrive('spring', body)).toMatchObject({ status: 202, data: { selected: 0, leftUnknown: 1 } });
  expect(submits()).toBe(before);
  const allowed = { ...body, allowUnknown: true };
  expect((await redrive('spring', { ...allowed, dryRun: true })).data).toMatchObject({ selected: 1, possiblyPaid: 1 });
  expect(submits()).toBe(before);
  expect((await redrive('spring', allowed)).data).toMatchObject({ selected: 1, possiblyPaid: 1 });
  await rig.client.batch('spring').result();
  expect(submits()).toBe(before + 1);
  const { data } = await read('spring/items/c/request');
  expect(data.runs).toMatchObject([{ outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN' }, { outcome: 'succeeded' }]);
});

test('the runs of a batch say what was run, when, and how it ended', async () => {
  const { data } = await read('spring/runs?outcomes=true');
  expect(data).toMatchObject({
    id: 'spring',
    deletedAt: null,
    runs: [
      { number: 1, kind: 'start', items: 4, summary: null, outcomes: { failed: 1, unknown: 1 } },
      { number: 2, kind: 'redrive', items: 1, summary: expect.stringMatching(/^1 item run again/) },
      { number: 3, kind: 'redrive', items: 1, outcomes: { succeeded: 1, failed: 0, cancelled: 0, unknown: 0 } },
      { number: 4, kind: 'redrive', items: 1 },
    ],
  });
  const sums = (data.runs as unknown as readonly { items: number; outcomes: Record<string, number> }[]).map(
    ({ items, outcomes }) => [items, Object.values(outcomes).reduce((sum, one) => sum + one, 0)],
  );
  for (const [items, sum] of sums) expect(sum).toBe(items);
  expect((await read('spring/runs')).data.runs).toMatchObject([
    { outcomes: null },
    { outcomes: null },
    { outcomes: null },
    { outcomes: null },
  ]);
});

test('a deletion removes thumbnails too; what was run stays known, and reads say that it was deleted', async () => {
  const thumbnails = path.join(rig.store, 'thumbnails');
  for (const key of ['a', 'p']) expect((await ask(`spring/items/${key}/files/result/thumbnail`)).status).toBe(200);
  expect((await ask('stepped/items/s/files/result/thumbnail')).status).toBe(200);
  const single = await rig.client.startImage({ id: 'single', request: image('single') });
  await single.result();
  const item = `${api.url}/v1/items/single`;
  expect((await fetch(`${item}/files/result/thumbnail`, { headers: as(TOKEN) })).status).toBe(200);
  expect(readdirSync(thumbnails)).toHaveLength(4);
  await fetch(item, { method: 'DELETE', headers: as(TOKEN) });
  expect(readdirSync(thumbnails)).toHaveLength(3);
  await fetch(`${api.url}/v1/batches/spring`, { method: 'DELETE', headers: as(TOKEN) });
  expect(readdirSync(thumbnails)).toHaveLength(1);
  expect(existsSync(path.join(rig.store, 'batches', 'spring', 'outcomes'))).toBe(false);
  for (const url of ['results', 'items/a', 'items/a/request', `items/p/inputs/${sha256}`]) {
    const { status, data } = await read(`spring/${url}`);
    expect({ url, status, code: data.code }).toEqual({ url, status: 410, code: 'DELETED' });
    expect(JSON.stringify(data)).not.toContain('nothing was started');
  }
  const runs = (await read('spring/runs?outcomes=true')).data;
  expect(runs).toMatchObject({ deletedAt: expect.any(String), runs: [{ items: 4, outcomes: null }, {}, {}, {}] });
});
