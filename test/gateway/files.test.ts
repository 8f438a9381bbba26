/** Results and their bytes over the network: of items, of rows, of steps; never where they are in the store. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, truncateSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import type { Api } from '../../gateway';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { AUTHORIZED, fetchDocument, startTestApi } from './api-harness';

let rig: Rig;
let api: Api;

const image = (prompt: string) => ({ prompt, width: 64, height: 64 });

beforeAll(async () => {
  rig = await startRig();
  api = await startTestApi(rig);
  const item = await rig.client.startImage({ id: 'single', request: image('a lighthouse') });
  rig.emulator.script({ match: { promptIncludes: 'endless' }, then: { never: true } });
  const rows = [
    { key: 'a', ...image('a') },
    { key: 'b', ...image('{{INPUT_INVALID x1}}') },
    { key: 'c.d_e-f', ...image('c') },
  ];
  const batch = await rig.client.startBatch({ id: 'spring', rows });
  await rig.client.startImage({ id: 'running', request: image('endless') });
  await rig.client.startBatch({ id: 'open', rows: [{ key: 'a', ...image('endless') }] });
  await Promise.all([item.result(), batch.result()]);
});
afterAll(() => rig.close());

function ask(url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Response> {
  return fetch(`${api.url}${url}`, { method, headers: { ...AUTHORIZED, ...headers } });
}

/** The fields that are looked at. */
interface Answer {
  readonly code?: string;
  readonly detail?: string;
  readonly file?: string | null;
  readonly end?: {
    readonly file: string;
    readonly files: readonly object[];
    readonly sha256: string;
    readonly bytes: number;
    readonly mimeType: string;
  };
}

async function read(url: string) {
  const answer = await ask(url);
  return { status: answer.status, data: (await answer.json()) as Answer };
}

const ITEM_FILE = '/v1/items/single/files/result';
const inStore = (name: string) => path.join(rig.store, name);

test('an answer names the paths of files, and their bytes are the whole result', async () => {
  const { data } = await read('/v1/items/single');
  const end = data.end as NonNullable<Answer['end']>;
  expect(end).toMatchObject({
    outcome: 'succeeded',
    file: ITEM_FILE,
    files: [{ role: 'result', file: ITEM_FILE }],
  });
  expect(await read('/v1/items/single/files')).toEqual({ status: 200, data: { files: end.files } });
  const answer = await ask(end.file);
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(end.sha256);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'accept-ranges': 'bytes',
    'content-disposition': 'attachment; filename="single.webp"',
    'content-length': String(end.bytes),
    'content-type': end.mimeType,
    etag: `"${end.sha256}"`,
    'x-content-type-options': 'nosniff',
  });
});

test.each([
  ['results?step=base', 'step', 'is "base", which no item of the batch has; its items have one step'],
  ['files.zip?step=base', 'step', 'is "base", which no item of the batch has; its items have one step'],
  ['files.zip?role=reslt', 'role', 'is "reslt", which no item of the batch has; did you mean result?'],
])('%s is refused with the names that there are', async (query, field, problem) => {
  const { status, data } = await read(`/v1/batches/spring/${query}`);
  expect({ status, data }).toMatchObject({
    status: 422,
    data: { code: 'INVALID_REQUEST', errors: [{ field, problem }] },
  });
});

test('parts of a file, and nothing if the caller has it', async () => {
  const whole = readFileSync(inStore('items/single.webp'));
  const { etag = '' } = Object.fromEntries((await ask(ITEM_FILE, {}, 'HEAD')).headers);
  const part = await ask(ITEM_FILE, { range: 'bytes=2-5', 'if-range': etag });
  expect({ status: part.status, range: part.headers.get('content-range') }).toEqual({
    status: 206,
    range: `bytes 2-5/${whole.length}`,
  });
  expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(2, 6));
  const changed = await ask(ITEM_FILE, { range: 'bytes=2-5', 'if-range': '"another"' });
  expect({ status: changed.status, bytes: (await changed.arrayBuffer()).byteLength }).toEqual({
    status: 200,
    bytes: whole.length,
  });
  const none = await ask(ITEM_FILE, { range: `bytes=${whole.length}-` });
  expect({ status: none.status, range: none.headers.get('content-range') }).toEqual({
    status: 416,
    range: `bytes */${whole.length}`,
  });
  expect(await none.json()).toMatchObject({ code: 'RANGE_NOT_SATISFIABLE' });
  const same = await ask(ITEM_FILE, { 'if-none-match': `"x", ${etag}` });
  expect({ status: same.status, text: await same.text() }).toEqual({ status: 304, text: '' });
  const head = await ask(ITEM_FILE, {}, 'HEAD');
  expect({ status: head.status, length: head.headers.get('content-length') }).toEqual({
    status: 200,
    length: String(whole.length),
  });
});

test('one row of a batch, its files, and their bytes', async () => {
  const row = '/v1/batches/spring/items/c.d_e-f';
  const { status, data } = await read(row);
  expect({ status, data }).toMatchObject({
    status: 200,
    data: { key: 'c.d_e-f', outcome: 'succeeded', file: `${row}/files/result` },
  });
  expect(await read(`${row}/files`)).toMatchObject({ data: { files: [{ role: 'result', file: data.file }] } });
  const bytes = Buffer.from(await (await ask(data.file ?? '')).arrayBuffer());
  expect(bytes).toEqual(readFileSync(inStore('batches/spring/items/c.d_e-f.webp')));
  const lines = (await (await ask('/v1/batches/spring/results')).text()).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).file)).toEqual([
    '/v1/batches/spring/items/a/files/result',
    null,
    data.file,
  ]);
});

test.each([
  ['an item that runs', '/v1/items/running/files/result', 'it has no files'],
  ['an item that is not there', '/v1/items/nobody/files/result', 'no item with this id'],
  ['the id of a batch', '/v1/items/spring/files/result', 'the id of a batch'],
  ['a role that it has not', '/v1/items/single/files/cutout', 'it has result'],
  ['a row that is not there', '/v1/batches/spring/items/x', 'no item with this key'],
  ['a row that runs', '/v1/batches/open/items/a', 'has not ended'],
  ['a batch that is not there', '/v1/batches/nobody/items/a', 'no batch with this id'],
  ['a batch that is not there', '/v1/batches/nobody/items/a/files/result', 'no batch with this id'],
  ['a row without files', '/v1/batches/spring/items/b/files/result', 'it has no files'],
  ['a preview that is not there', `/v1/segments/${'a'.repeat(24)}.png`, "not in the gateway's store"],
])('of %s there are no bytes', async (_what, url, words) => {
  const { status, data } = await read(url);
  expect({ status, code: data.code }).toEqual({ status: 404, code: 'NOT_FOUND' });
  expect(data.detail).toContain(words);
});

test('the sidecar of a file has its request, job and cost, over HTTP as in the library', async () => {
  const url = '/v1/batches/spring/items/a/files/result/sidecar';
  const { status, data } = await read(url);
  expect({ status, data }).toMatchObject({
    status: 200,
    data: {
      file: 'a.webp',
      ...{ batch: 'spring', key: 'a', role: 'result', operation: 'generate/image', request: image('a') },
      ...{ jobIds: [expect.any(String)], submissions: [{ code: null }], charge: { credits: expect.any(Number) } },
    },
  });
  const bytes = readFileSync(inStore('batches/spring/items/a.webp'));
  expect(data).toHaveProperty('sha256', createHash('sha256').update(bytes).digest('hex'));
  expect(await rig.client.batch('spring').sidecar('a')).toEqual(data);
  await expect(rig.client.batch('open').sidecar('a')).rejects.toThrow('has not ended and has no file "result" yet');
  expect((await read(url.replace('result/', 'cutout/'))).status).toBe(404);
  expect((await ask(url, { authorization: 'Bearer wrong-token-of-nobody' })).status).toBe(401);
});

test('a row that was run again has the files of its newest run', async () => {
  await rig.client.batch('spring').redrive({ keys: ['b'] });
  await rig.client.batch('spring').result();
  const { data } = await read('/v1/batches/spring/items/b');
  expect(data).toMatchObject({ outcome: 'succeeded', submissions: [{ code: 'INPUT_INVALID' }, { code: null }] });
  expect((await ask(data.file ?? '')).status).toBe(200);
});

test.each([
  '/v1/batches/spring/items/..%2F..%2Fmanifest/files/result',
  '/v1/batches/spring/items/..%2f..%2f..%2fstore/files/result',
  '/v1/batches/..%2f..%2fetc/items/a/files/result',
  '/v1/items/single/files/..%2f..%2fstore.json',
  '/v1/items/single/files/%00',
  '/v1/items/..%5csingle/files/result',
  '/v1/segments/..%2fstore.json',
])('the path %s leaves no folder', async (url) => {
  const { status, data } = await read(url);
  expect([404, 422]).toContain(status);
  expect(JSON.stringify(data)).not.toContain(rig.store);
});

test('a reader who goes, and many who stay away in the middle, hold nothing', async () => {
  const { hostname, port } = new URL(api.url);
  const readers = Array.from({ length: 20 }, () => connect({ host: hostname, port: Number(port) }));
  for (const socket of readers) {
    socket.write(`GET ${ITEM_FILE} HTTP/1.1\r\nhost: x\r\nauthorization: ${AUTHORIZED.authorization}\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
  }
  expect((await ask(ITEM_FILE)).status).toBe(200);
});

test('a file that was changed or removed in the store is not sent', async () => {
  const item = await rig.client.startImage({ id: 'damaged', request: image('damaged') });
  await item.result();
  const url = '/v1/items/damaged/files/result';
  truncateSync(inStore('items/damaged.webp'), 10);
  const short = await read(url);
  expect({ status: short.status, code: short.data.code }).toEqual({ status: 503, code: 'STORE_UNAVAILABLE' });
  rmSync(inStore('items/damaged.webp'));
  expect(await read(url)).toMatchObject({ status: 404, data: { detail: "the file is not in the gateway's store" } });
});

test('what the store alone knows of an item is found after Temporal has forgotten it', async () => {
  await rig.client.temporal.workflowService.deleteWorkflowExecution({
    namespace: rig.server.namespace,
    workflowExecution: { workflowId: 'single' },
  });
  await until('it is forgotten', async () => (await read('/v1/items/single')).status === 404);
  expect((await ask(ITEM_FILE)).status).toBe(200);
});

test('no answer of any route names the path of the store', async () => {
  const paths = Object.entries((await fetchDocument(api)).paths ?? {});
  const filled = paths.flatMap(([url, methods]) => {
    if (methods?.get === undefined || url.endsWith('/events')) return [];
    const isRow = url.includes('/batches/');
    const named = { id: isRow ? 'spring' : 'damaged', key: 'a', role: 'result', name: `${'a'.repeat(24)}.png` };
    return [url.replace(/\{(\w+)\}/g, (_all, name: keyof typeof named) => named[name])];
  });
  expect(filled.length).toBeGreaterThan(12);
  for (const url of filled) {
    const answer = await ask(url);
    expect({ url, text: await answer.text() }).toEqual({ url, text: expect.not.stringContaining(rig.store) });
  }
});

test('deletions return what they deleted; nothing of it is there afterwards, and what runs is refused', async () => {
  const remove = async (url: string) => {
    const answer = await ask(url, {}, 'DELETE');
    return { status: answer.status, data: (await answer.json()) as Answer };
  };
  expect(await remove('/v1/batches/open')).toMatchObject({ status: 409, data: { code: 'BATCH_REFUSED' } });
  expect(await remove('/v1/items/running')).toMatchObject({ status: 409, data: { code: 'ITEM_REFUSED' } });
  expect(await remove('/v1/batches/none')).toMatchObject({ status: 404 });

  const some = { files: expect.any(Number), bytes: expect.any(Number) };
  const nothing = { files: 0, bytes: 0 };
  expect(await remove('/v1/batches/spring')).toEqual({
    status: 200,
    data: { id: 'spring', ...some, alreadyDeleted: false },
  });
  expect(await remove('/v1/batches/spring')).toEqual({
    status: 200,
    data: { id: 'spring', ...nothing, alreadyDeleted: true },
  });
  for (const part of [
    'results',
    'items/a',
    'items/a/files',
    'items/a/files/result',
    'items/a/files/result/sidecar',
    'files.zip',
  ])
    expect([part, await read(`/v1/batches/spring/${part}`)]).toMatchObject([
      part,
      { status: 410, data: { code: 'DELETED' } },
    ]);
  expect(await read('/v1/batches/spring')).toMatchObject({ status: 200, data: { state: 'completed' } });

  expect((await ask(ITEM_FILE)).status).toBe(200);
  const deleted = await remove('/v1/items/single');
  expect(deleted).toEqual({ status: 200, data: { id: 'single', ...some, alreadyDeleted: false } });
  expect((await ask(ITEM_FILE)).status).toBe(410);
  expect(await remove('/v1/images/single')).toEqual({
    status: 200,
    data: { id: 'single', ...nothing, alreadyDeleted: true },
  });
});

test('a deleted item names no file, and its files are gone', async () => {
  const item = await rig.client.startImage({ id: 'gone', request: image('a deleted one') });
  await item.result();
  await rig.client.store().deleteItem('gone');
  const { status, data } = await read('/v1/items/gone');
  expect(status).toBe(200);
  expect(data).toMatchObject({ deletedAt: expect.stringMatching(/^20/), end: { file: null, files: [], sha256: null } });
  for (const place of ['', '/result', '/result/thumbnail'])
    expect(await read(`/v1/items/gone/files${place}`)).toMatchObject({
      status: 410,
      data: { code: 'DELETED', detail: expect.stringMatching(/"gone" were deleted from the store at 20/) },
    });
});
