/** The HTTP API as a service in another language has it: a client made of the OpenAPI document, and everything real behind. */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { validate } from '@readme/openapi-parser';
import Ajv2020 from 'ajv/dist/2020';
import type { Document, OpenAPIClient } from 'openapi-client-axios';
import { FilesystemStore } from '../../activities';
import type { Api } from '../../gateway';
import { writeBatch } from '../batch/batch-fixtures';
import { FOREIGN_NAMES } from '../support/foreign-names';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { AUTHORIZED, fetchDocument, logged, makeClient, startTestApi } from './api-harness';

const PROMPT = 'a secret lighthouse';
/** Not `application/jsonl`, which axios takes for JSON. */
const JSONL = { headers: { 'content-type': 'application/x-ndjson' } };
const CSV = { headers: { 'content-type': 'text/csv' } };

let rig: Rig;
let api: Api;
let document: Document;
let client: OpenAPIClient;

beforeAll(async () => {
  rig = await startRig();
  api = await startTestApi(rig);
  document = await fetchDocument(api);
  client = await makeClient(api, document);
});
afterAll(() => rig.close());

interface Answer {
  readonly status: number;
  /** What is in it the document says, and every answer is held to that; these are the fields that are looked at here. */
  readonly data: {
    readonly id?: string;
    readonly code?: string;
    readonly account?: string;
    readonly end?: object | null;
    readonly failures?: Readonly<Record<string, number>>;
    readonly errors?: readonly { readonly field?: string; readonly problem: string }[];
  };
  readonly headers: Readonly<Record<string, string>>;
}

/** The operation of the document, as a generated client has it. */
function call(operationId: string, params: object | null = null, data?: unknown, config?: object) {
  const operation = client[operationId as keyof OpenAPIClient] as unknown as (
    ...args: readonly unknown[]
  ) => Promise<Answer>;
  return operation(params, data, config);
}

const image = (text: string) => ({ prompt: `${PROMPT} ${text}`, width: 32, height: 32 });
const row = (key: string, text = '') => JSON.stringify({ key, ...image(`${key} ${text}`) });
const rows = (...lines: readonly string[]) => `${lines.join('\n')}\n`;

test('the document is valid, and names every operation', async () => {
  expect(await validate(structuredClone(document) as never)).toMatchObject({ valid: true, warnings: [] });
  expect(document.openapi).toBe('3.1.0');
  const operations = Object.values(document.paths ?? {}).flatMap((path) => [
    path?.get,
    path?.post,
    path?.patch,
    path?.delete,
  ]);
  expect(operations.flatMap((operation) => operation?.operationId ?? []).sort()).toEqual([
    'addRows',
    'cancelBatch',
    'cancelImage',
    'cancelItem',
    'changeProfile',
    'createProfile',
    'createSchedule',
    'deleteBatch',
    'deleteImage',
    'deleteItem',
    'deleteProfile',
    'deleteSchedule',
    'findSegments',
    'getAccount',
    'getAccountSamples',
    'getBatch',
    'getEvents',
    'getFilesZip',
    'getImage',
    'getItem',
    'getItemFile',
    'getItemThumbnail',
    'getProfile',
    'getResult',
    'getResultFile',
    'getResultInput',
    'getResultRequest',
    'getResultSidecar',
    'getResultThumbnail',
    'getResults',
    'getSchedule',
    'getSegmentsPreview',
    'getUsage',
    'holdAccount',
    'listBatchRuns',
    'listBatches',
    'listItemFiles',
    'listItems',
    'listProfiles',
    'listResultFiles',
    'listSchedules',
    'pauseBatch',
    'pauseSchedule',
    'planBatch',
    'redriveBatch',
    'resumeAccount',
    'resumeBatch',
    'resumeSchedule',
    'setAccount',
    'setBatch',
    'startBatch',
    'startImage',
    'startItem',
    'triggerSchedule',
  ]);
});

describe('items', () => {
  test('one of any operation is started, found again with the same id, and told when it is stored', async () => {
    const body = { id: 'speech-1', operation: 'generate/speech', request: { text: `${PROMPT} of words` } };
    const started = await call('startItem', null, body);
    expect(started).toMatchObject({ status: 202, data: { id: 'speech-1', alreadyStarted: false } });
    expect(started.headers['location']).toBe('/v1/items/speech-1');
    expect(await call('startItem', null, body)).toMatchObject({ status: 202, data: { alreadyStarted: true } });
    const item = await until('it is stored', async () => {
      const { data } = await call('getItem', { id: 'speech-1' });
      return data.end === null ? null : data;
    });
    expect(item).toMatchObject({ operation: 'generate/speech', end: { outcome: 'succeeded', mimeType: 'audio/wav' } });
    expect(await call('cancelItem', { id: 'speech-1' })).toMatchObject({ status: 200, data: { state: 'succeeded' } });
  });

  test('an operation is required, and the fields are those of the operation', async () => {
    const { status, data } = await call('startItem', null, { request: image('x') });
    expect({ status, errors: data.errors }).toMatchObject({ status: 422, errors: [{ field: 'operation' }] });
    const upscale = await call('startItem', null, { operation: 'upscale/image', request: { scale: 9, text: 'x' } });
    expect(upscale.data.errors).toMatchObject([{ field: 'scale' }, { field: 'text' }]);
  });

  test('the document has the fields of each operation', () => {
    const schemas = document.components?.schemas ?? {};
    const isRight = (name: string) => new Ajv2020({ strict: false }).compile(schemas[name] ?? false);
    const request = { input_image: 'https://example.com/a.png', scale: 2 };
    expect(isRight('UpscaleImageRequest')(request)).toBe(true);
    expect(isRight('GenerateImageRequest')(request)).toBe(false);
    const body = document.paths?.['/v1/items']?.post?.requestBody as { content: Record<string, { schema: object }> };
    expect(body.content['application/json']?.schema).toMatchObject({
      anyOf: [
        { type: 'object', required: ['operation', 'request'] },
        { type: 'object', required: ['recipe'] },
      ],
    });
  });

  test('the document names the statuses of problems, the roles, and its server; only bodies that are needed are required', () => {
    const hold = document.paths?.['/v1/account/hold']?.post;
    expect(hold).toMatchObject({ security: [{ token: ['operate'] }], requestBody: { required: false } });
    expect(Object.keys(hold?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '401', '403', '422', '429', '503']),
    );
    expect(document.paths?.['/v1/items']?.post).toMatchObject({ requestBody: { required: true } });
    expect(document.servers).toEqual([{ url: '/' }]);
  });

  test.each(['/v1/items', '/v1/images', '/v1/batches'])(
    'generated clients can send the Idempotency-Key to %s',
    (path) => {
      const header = { name: 'Idempotency-Key', in: 'header', required: false };
      expect(document.paths?.[path]?.post?.parameters).toContainEqual(expect.objectContaining(header));
    },
  );

  test.each([
    { id: null, recipe: null, values: {} },
    { recipe: null },
    { id: 5, recipe: { steps: null }, values: [] },
    { recipe: [], values: null },
  ])('an item of a recipe that is none is refused: %j', async (body) => {
    expect(await call('startItem', null, body)).toMatchObject({ status: 422, data: { code: 'INVALID_REQUEST' } });
  });

  test.each([
    ['QUERY', '/v1/account', 'GET, PATCH'],
    ['PUT', '/v1/items/a', 'DELETE, GET'],
    ['PUT', '/v1/batches/a%20b', 'DELETE, GET, PATCH'],
    ['POST', '/v1/items/a/files/result', 'GET, HEAD'],
  ])('%s %s is not allowed, and Allow says what is', async (method, url, allow) => {
    const answer = await fetch(api.url + url, { method, headers: AUTHORIZED });
    expect({ status: answer.status, allow: answer.headers.get('allow') }).toEqual({ status: 405, allow });
  });
});

describe('pictures, by the short form', () => {
  test('an operation that makes something else is refused', async () => {
    const { status, data } = await call('startImage', null, { operation: 'generate/speech', request: { text: 'x' } });
    expect({ status, errors: data.errors }).toMatchObject({ status: 422, errors: [{ field: 'operation' }] });
  });

  test('one is started, found again with the same id, and told when it is stored', async () => {
    const body = { id: 'banner-1', request: image('one'), deadlineMs: 60_000 };
    const started = await call('startImage', null, body);
    expect(started).toMatchObject({ status: 202, data: { id: 'banner-1', alreadyStarted: false } });
    expect(started.headers['location']).toBe('/v1/images/banner-1');
    expect(await call('startImage', null, body)).toMatchObject({ status: 202, data: { alreadyStarted: true } });
    const { end } = await until('it is stored', async () => {
      const { data } = await call('getImage', { id: 'banner-1' });
      return data.end === null ? null : data;
    });
    expect(end).toMatchObject({ outcome: 'succeeded', width: 32, code: null, remedy: null });
    expect(rig.emulator.ledger().jobs.filter(({ prompt }) => prompt === image('one').prompt)).toHaveLength(1);
  });

  test('another request under the same id is a conflict', async () => {
    await call('startImage', null, { id: 'taken', request: image('first') });
    const { status, data } = await call('startImage', null, { id: 'taken', request: image('second') });
    expect({ status, data }).toMatchObject({ status: 409, data: { code: 'ID_TAKEN', errors: [{ field: 'id' }] } });
    // The tests that follow count what is sent.
    await rig.client.item('taken').result();
  });

  test('a batch under the id of an image is a conflict, and has no results', async () => {
    await call('startImage', null, { id: 'an-image', request: image('of its own') });
    const { status, data } = await call('startBatch', { id: 'an-image' }, rows(row('a')), JSONL);
    expect({ status, data }).toMatchObject({
      status: 409,
      data: { code: 'ID_TAKEN', detail: expect.stringContaining('is the id of a single item') },
    });
    expect((await call('getResults', { id: 'an-image' })).status).toBe(404);
    await writeBatch(rig.store, 'an-image', 1);
    const left = [await call('getResults', { id: 'an-image' }), await call('redriveBatch', { id: 'an-image' }, {})];
    for (const refused of left) expect(refused).toMatchObject({ status: 409, data: { code: 'BATCH_REFUSED' } });
    // The tests that follow count what is sent.
    await rig.client.item('an-image').result();
  });

  test('an id that the store has for something else is a conflict, and nothing is started', async () => {
    writeFileSync(path.join(rig.store, 'items', 'stray.png'), 'of somebody else');
    const record = {
      item: 'gone',
      requestHash: 'f'.repeat(64),
      run: 'run-1',
      call: 1,
      attempt: 1,
      version: 1,
      writer: 'w',
    };
    const accepted = { state: 'accepted', jobId: 'job_1', completed: null } as const;
    await new FilesystemStore(rig.store).submissions.create({ ...record, ...accepted });
    const words = {
      stray: /used for items\/stray\.png/,
      gone: /another request, of which the job job_1 was accepted/,
    };
    const { submits } = rig.emulator.ledger();
    for (const [id, word] of Object.entries(words)) {
      const { status, data } = await call('startImage', null, { id, request: image('x') });
      expect({ status, data }).toMatchObject({ status: 409, data: { code: 'ID_TAKEN', errors: [{ field: 'id' }] } });
      expect(data.errors?.[0]?.problem).toMatch(word);
      expect(JSON.stringify(data)).not.toContain(rig.store);
      expect((await call('getImage', { id })).status).toBe(404);
    }
    expect(rig.emulator.ledger().submits).toBe(submits);
  });

  test('an image that Temporal knows is found, whatever lies in the store', async () => {
    const body = { id: 'known', request: image('known') };
    await call('startImage', null, body);
    await rig.client.item('known').result();
    rmSync(path.join(rig.store, 'submissions'), { recursive: true });
    expect(await call('startImage', null, body)).toMatchObject({ status: 202, data: { alreadyStarted: true } });
  });

  test('one that failed tells the code of the failure table, and what to do', async () => {
    const { data } = await call('startImage', null, { request: image('{{INPUT_INVALID}}') });
    const failed = await until('it failed', async () => (await call('getImage', { id: data.id })).data.end);
    expect(failed).toMatchObject({
      outcome: 'failed',
      code: 'INPUT_INVALID',
      remedy: expect.stringContaining('prompt'),
    });
  });

  test('every problem of a request is reported at once, without its prompt', async () => {
    const request = { ...image('x'.repeat(10_001)), width: 9_999, promt: 'x' };
    const { status, data } = await call('startImage', null, { id: 'wrong', request });
    expect(status).toBe(422);
    expect(data.errors?.map(({ field }) => field)).toEqual(['prompt', 'width', 'promt']);
    expect(JSON.stringify(data)).not.toContain(PROMPT);
    expect((await call('getImage', { id: 'wrong' })).status).toBe(404);
  });

  test.each([
    ['no request', {}, 'request'],
    ['a field that is not known', { request: image('x'), deadlne: 1 }, 'deadlne'],
    ['a time that is none', { request: image('x'), deadlineMs: -1 }, 'deadlineMs'],
    ['an id that is no file name', { request: image('x'), id: '../x' }, 'id'],
    ['a second payment without a rerun', { request: image('x'), allowUnknown: true }, 'allowUnknown'],
  ])('%s is refused by name', async (_what, body, field) => {
    const { status, data } = await call('startImage', null, body);
    expect({ status, code: data.code }).toEqual({ status: 422, code: 'INVALID_REQUEST' });
    expect(data.errors?.[0]?.field).toBe(field);
  });

  test('what is wrong beside the request is reported with what is wrong in it, and in our own words', async () => {
    const body = { id: 'b 2', deadlineMs: '5', agai: true, request: { promt: 'a bicycle', width: 51_200 } };
    const { status, data } = await call('startImage', null, body);
    expect(status).toBe(422);
    const told = Object.fromEntries((data.errors ?? []).map(({ field = '', problem }) => [field, problem]));
    expect(told).toEqual({
      id: expect.stringContaining('is "b 2"; must be 1 to 128 letters'),
      deadlineMs: 'is a text of 1 characters; must be a number',
      agai: 'is not known; did you mean again?',
      prompt: expect.stringContaining('is missing; must be a text'),
      promt: expect.stringContaining('did you mean prompt?'),
      width: expect.stringContaining('is 51200; must be a whole number'),
    });
  });

  test('bounds of the library are reported with every other problem, by the library', async () => {
    const body = { deadlineMs: 0, jobTimeBudgetMs: 2 ** 31, allowUnknown: true, request: { promt: 'a bicycle' } };
    const { status, data } = await call('startImage', null, body);
    expect(status).toBe(422);
    const told = Object.fromEntries((data.errors ?? []).map(({ field = '', problem }) => [field, problem]));
    expect(told).toEqual({
      deadlineMs: 'is 0; must be a whole number of ms from 1 to 2073600000 (24 days)',
      jobTimeBudgetMs: 'is 2147483648; must be a whole number of ms from 1 to 2073600000 (24 days)',
      allowUnknown: 'requires again',
      prompt: expect.stringContaining('is missing; must be a text'),
      promt: expect.stringContaining('did you mean prompt?'),
    });
  });

  test('the document has the bounds of durations', () => {
    const deadlineMs = { type: 'integer', minimum: 1, maximum: 24 * 86_400_000 };
    expect(document.paths?.['/v1/images']?.post?.requestBody).toMatchObject({
      content: { 'application/json': { schema: { properties: { deadlineMs } } } },
    });
  });

  test.each(['getItem', 'cancelItem', 'getImage', 'getBatch', 'getResults', 'getEvents', 'pauseBatch', 'redriveBatch'])(
    '%s of what is not there is told so',
    async (operation) => {
      const { status, data } = await call(operation, { id: 'nobody' }, operation === 'redriveBatch' ? {} : undefined);
      const told = typeof data === 'string' ? JSON.parse(data) : data;
      expect({ status, code: told.code }).toEqual({ status: 404, code: 'NOT_FOUND' });
    },
  );
});

describe('batches', () => {
  test('rows are added to one that has ended; what is wrong with them starts nothing', async () => {
    expect(await call('startBatch', { id: 'growing' }, rows(row('a')), JSONL)).toMatchObject({ status: 202 });
    await rig.client.batch('growing').result();
    const add = (id: string, body: string) => call('addRows', { id, concurrency: 1 }, body, JSONL);
    const added = await add('growing', rows(row('a'), row('b')));
    expect(added).toMatchObject({ status: 202, data: { id: 'growing', added: 1, warnings: [] } });
    expect(added.headers['location']).toBe('/v1/batches/growing');
    await rig.client.batch('growing').result();
    const changed = await add('growing', rows(row('a', 'other'), row('c')));
    expect(changed).toMatchObject({ status: 409, data: { code: 'BATCH_REFUSED' } });
    expect(await add('growing', '{"width": 0}\n')).toMatchObject({ status: 422, data: { code: 'INVALID_ROWS' } });
    expect(await add('nobody', rows(row('a')))).toMatchObject({ status: 404 });
  });

  test('rows that are wrong are reported by their lines, and nothing is started', async () => {
    const body = 'key,prompt,width\na,fine,32\nb,,32\nc,fine,99999\n';
    const { status, data } = await call('startBatch', { id: 'wrong-rows' }, body, CSV);
    expect({ status, code: data.code }).toEqual({ status: 422, code: 'INVALID_ROWS' });
    expect(data.errors).toMatchObject([
      { line: 3, field: 'prompt' },
      { line: 4, field: 'width' },
    ]);
    expect((await call('getBatch', { id: 'wrong-rows' })).status).toBe(404);
    expect((await call('getResults', { id: 'wrong-rows' })).status).toBe(404);
  });

  test('a plan has every problem by its line and the cost, and starts nothing', async () => {
    const wrong = 'key,prompt,width\na,one,64\nb,two,x\na,three,64\n';
    const { status, data } = await call('planBatch', null, wrong, CSV);
    expect(status).toBe(200);
    expect(data).toMatchObject({
      ...{ mayStart: false, complete: true, rows: 3, valid: 1, invalid: 2, problemCount: 2 },
      problems: [
        { line: 3, key: 'b', field: 'width' },
        { line: 4, key: 'a', field: 'key' },
      ],
    });
    const query = { price: ['generate/image=0.25'], concurrency: 2, sample: 1 };
    const right = await call('planBatch', query, rows(row('p1'), row('p2')), JSONL);
    expect(right.data).toMatchObject({
      ...{ mayStart: true, valid: 2, submissions: 2, byOperation: { 'generate/image': 2 }, problems: [] },
      ...{ cost: { amount: 0.5, unpriced: [] }, sample: { rows: 1, submissions: 1 }, time: [{ concurrency: 2 }] },
    });
    expect((await call('planBatch', null, '', CSV)).data).toMatchObject({ code: 'INVALID_ROWS' });
    expect(await call('planBatch', null, { rows: [] })).toMatchObject({ status: 415 });
    expect(await call('planBatch', { id: 'x' }, rows(row('a')), JSONL)).toMatchObject({ status: 422 });
  });

  test.each([
    ['no rows', { id: 'none' }, '', 'INVALID_ROWS'],
    ['a limit that is none', { id: 'none', maxFailures: 'many' }, row('a'), 'INVALID_REQUEST'],
    ['a budget without a price', { id: 'none', budgetCost: 1 }, row('a'), 'INVALID_REQUEST'],
    ['a price that is none', { id: 'none', price: ['x=1'] }, row('a'), 'INVALID_REQUEST'],
    ['a flag that is none', { id: 'none', skipInvalid: 'yes' }, row('a'), 'INVALID_REQUEST'],
  ])('%s is refused, and nothing is started', async (_what, query, body, code) => {
    const { status, data } = await call('startBatch', query, body, JSONL);
    expect({ status, code: data.code }).toEqual({ status: 422, code });
    expect((await call('getResults', { id: 'none' })).status).toBe(404);
  });

  test('JSON rows that are wrong are rows that are wrong', async () => {
    const { status, data } = await call('startBatch', null, {
      id: 'json',
      rows: [{ key: 'a', prompt: 'x', width: 0 }],
    });
    expect({ status, code: data.code }).toEqual({ status: 422, code: 'INVALID_ROWS' });
  });

  test('a format that is not read is refused', async () => {
    const { status, data } = await call('startBatch', {}, 'x', {
      headers: { 'content-type': 'text/plain' },
    });
    expect({ status, code: data.code }).toEqual({ status: 415, code: 'UNSUPPORTED_CONTENT_TYPE' });
  });

  test('from rows to results: started once, its events end, its lines come as the rows did; then run again', async () => {
    const body = rows(row('a'), row('b', '{{INPUT_INVALID x1}}'), row('c'));
    const query = { id: 'spring', price: ['generate/image=0.01'], budgetCost: 5, maxFailures: '50%' };
    const started = await call('startBatch', query, body, JSONL);
    expect(started).toMatchObject({ status: 202, data: { id: 'spring', alreadyStarted: false, items: 3, skipped: 0 } });
    expect(started.headers['location']).toBe('/v1/batches/spring');
    expect((await call('startBatch', query, body, JSONL)).data).toMatchObject({ alreadyStarted: true });
    const other = await call('startBatch', query, rows(row('a')), JSONL);
    expect({ status: other.status, code: other.data.code }).toEqual({ status: 409, code: 'ID_TAKEN' });

    const events = String((await call('getEvents', { id: 'spring' })).data);
    expect(events).toMatch(/^id: \w+\nevent: state\ndata: \{"id":"spring",/);
    const [, last = ''] = /event: end\ndata: (.*)\n\n$/.exec(events) ?? [];
    expect(JSON.parse(last)).toMatchObject({ state: 'completed', counts: { total: 3, succeeded: 2, failed: 1 } });

    expect(await fetchKeys('spring')).toEqual(['a', 'b', 'c']);
    expect(await fetchKeys('spring', { outcome: 'failed' })).toEqual(['b']);
    const redriven = await call('redriveBatch', { id: 'spring' }, { codes: ['INPUT_INVALID'] });
    expect(redriven).toMatchObject({ status: 202, data: { selected: 1, fetched: 0, possiblyPaid: 0, leftUnknown: 0 } });
    expect((await rig.client.batch('spring').result()).counts).toMatchObject({ succeeded: 3, failed: 0 });
    expect((await call('redriveBatch', { id: 'spring' }, {})).data).toMatchObject({ selected: 0 });
    const strange = await call('redriveBatch', { id: 'spring' }, { keys: ['x'] });
    expect({ status: strange.status, errors: strange.data.errors }).toMatchObject({
      status: 422,
      errors: [{ field: 'keys' }],
    });
  });

  test('codes that every plain object answers to are counted and told like any other', async () => {
    const codes = FOREIGN_NAMES.map((code, number) => ({ code, key: `k${number}` }));
    for (const { code, key } of codes) {
      rig.emulator.script({
        match: { promptIncludes: `${key} is foreign` },
        then: { failJob: code, retryable: false },
      });
    }
    await call('startBatch', { id: 'foreign' }, rows(...codes.map(({ key }) => row(key, 'is foreign'))), JSONL);
    await rig.client.batch('foreign').result();
    const { data } = await call('getBatch', { id: 'foreign' });
    const named = Object.entries(data.failures ?? {}).sort();
    expect(named).toEqual(FOREIGN_NAMES.map((code) => [code, 1]).sort());
    const events = String((await call('getEvents', { id: 'foreign' })).data);
    const [, last = ''] = /event: end\ndata: (.*)\n\n$/.exec(events) ?? [];
    expect(Object.entries(JSON.parse(last).failures).sort()).toEqual(named);
    expect(await fetchFields('foreign', 'code')).toEqual(FOREIGN_NAMES);
  });

  test('results are also CSV, without formulas and with the carried values', async () => {
    const given = rows(row('a').replace('}', ', "colour": "=red, \\"dark\\""}'), row('b'));
    await call('startBatch', { id: 'sheet' }, given, JSONL);
    await rig.client.batch('sheet').result();
    const { headers, data } = await call('getResults', { id: 'sheet', format: 'csv' });
    expect(headers['content-type']).toMatch(/^text\/csv/);
    const [heading, a = '', b = '', end] = String(data).split('\n');
    expect(heading).toMatch(/^key,outcome,file,.*,submissions,files,colour$/);
    expect(a).toMatch(/^a,succeeded,\/v1\/batches\/sheet\/items\/a\/files\/result,.*,1,result=\S+,"'=red, ""dark"""$/);
    expect(b).toMatch(/^b,succeeded,.*,$/);
    expect(end).toBe('');
    const { status, data: problem } = await call('getResults', { id: 'sheet', format: 'xml' });
    expect({ status, errors: problem.errors }).toMatchObject({ status: 422, errors: [{ field: 'format' }] });
  });

  function fetchKeys(id: string, query: object = {}): Promise<readonly string[]> {
    return fetchFields(id, 'key', query);
  }

  async function fetchFields(id: string, field: 'key' | 'code', query: object = {}): Promise<readonly string[]> {
    const asText = { transformResponse: (text: string) => text };
    const { data } = await call('getResults', { id, ...query }, undefined, asText);
    const lines = String(data).trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line)[field]);
  }

  test('one is paused, resumed and cancelled; while it runs it is not run again', async () => {
    const id = 'held';
    rig.emulator.script({ match: { promptIncludes: 'never' }, then: { never: true } });
    await call(
      'startBatch',
      { id, concurrency: 1, jobTimeBudgetMs: 2_000 },
      rows(row('a', 'never'), row('b', 'never')),
      JSONL,
    );
    expect(await call('pauseBatch', { id })).toMatchObject({
      status: 200,
      data: { state: 'paused', pausedBy: 'request' },
    });
    const early = await call('redriveBatch', { id }, {});
    expect({ status: early.status, code: early.data.code }).toEqual({ status: 409, code: 'BATCH_REFUSED' });
    expect(await call('resumeBatch', { id })).toMatchObject({ status: 200, data: { state: 'running' } });
    expect((await call('cancelBatch', { id })).status).toBe(200);
    expect((await rig.client.batch(id).result()).state).toBe('cancelled');
    const late = await call('pauseBatch', { id });
    expect({ status: late.status, code: late.data.code }).toEqual({ status: 409, code: 'BATCH_REFUSED' });
  });

  test('the same rows at the same time are one batch, other rows at the same time are refused', async () => {
    const send = (body: string) => call('startBatch', { id: 'raced' }, body, JSONL);
    const [mine, again, other] = await Promise.all([send(rows(row('a'))), send(rows(row('a'))), send(rows(row('z')))]);
    expect([mine, again, other].map(({ status }) => status).sort()).toEqual(
      other.status === 202 ? [202, 409, 409] : [202, 202, 409],
    );
    const { counts } = await rig.client.batch('raced').result();
    expect(counts).toMatchObject({ total: 1, succeeded: 1 });
  });
});

test('streams of events end when the gateway stops, and when their reader goes', async () => {
  rig.emulator.script({ match: { promptIncludes: 'endless' }, then: { never: true } });
  await call('startBatch', { id: 'endless' }, rows(row('a', 'endless')), JSONL);
  const second = await startTestApi(rig);
  const leaving = new AbortController();
  const open = (signal: AbortSignal | null) =>
    fetch(`${second.url}/v1/batches/endless/events`, { headers: AUTHORIZED, signal });
  const [left, stayed] = await Promise.all([open(leaving.signal), open(null)]);
  leaving.abort();
  await expect(left.text()).rejects.toThrow('abort');
  const text = stayed.text();
  await second.close();
  expect(await text).toMatch(/^id: \w+\nevent: state\n/);
  await rig.client.temporal.workflow.getHandle('endless').terminate();
});

test('the account tells its limits', async () => {
  const { status, data } = await call('getAccount');
  expect({ status, account: data.account }).toEqual({ status: 200, account: 'default' });
  expect((await call('getAccountSamples')).data).toMatchObject({ account: { account: 'default' } });
  expect((await call('getAccountSamples', { after: 'yesterday' })).status).toBe(422);
});

test('nothing of prompts and tokens is logged', () => {
  expect(logged()).toEqual([]);
});
