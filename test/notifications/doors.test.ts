/** Receivers are named and deliveries are shown by the command line and over HTTP; answers are held to the OpenAPI document. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { OpenAPIClient } from 'openapi-client-axios';
import { runInside } from '../cli/cli-inside';
import { fetchDocument, logged, makeClient, startTestApi } from '../gateway/api-harness';
import { NOTIFY_SECRET, type Receiver, startReceiver } from '../support/receiver';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';

const SECRET = 'hunter2hunter2';
const folder = tempFolder();
let rig: Rig;
let receiver: Receiver;
let client: OpenAPIClient;

beforeAll(async () => {
  receiver = await startReceiver();
  rig = await startRig({ notifications: { secrets: [NOTIFY_SECRET], allowPrivate: true } });
  const api = await startTestApi(rig);
  client = await makeClient(api, await fetchDocument(api));
  writeFileSync(path.join(folder, 'rows.csv'), 'key,prompt\na,a cat\nb,a dog\n');
});
afterAll(async () => {
  await rig.close();
  await receiver.close();
});

const run = (...args: readonly string[]) =>
  runInside(args, folder, { ...rig.server.env, IMAGEPIPELINE_STORE: rig.store });

const address = () => `${receiver.url}/hooks?token=${SECRET}`;

function typesOf(id: string): readonly string[] {
  const about = receiver.accepted().filter(({ data }) => Object.values(data).includes(id));
  return about.map(({ type }) => type);
}

const untilDelivered = (id: string, type: string) =>
  until(`${type} of ${id} is delivered`, () => typesOf(id).includes(type));

interface Answer {
  readonly status: number;
  readonly data: {
    readonly notifications?: { readonly receiver: string; readonly last: readonly { readonly state: string }[] };
    readonly errors?: readonly { readonly field: string; readonly problem: string }[];
  };
}

/** Every answer is held to what the document says of it. */
async function call(operationId: string, params: object | null, body?: unknown, config?: object): Promise<Answer> {
  const operation = client[operationId as keyof OpenAPIClient] as unknown as (
    ...args: readonly unknown[]
  ) => Promise<Answer>;
  const { status, data } = await operation(params, body, config);
  return { status, data };
}

async function untilShown(operationId: string, params: object | null) {
  return until('the deliveries are shown', async () => {
    const { notifications } = (await call(operationId, params)).data;
    return notifications?.last.some(({ state }) => state === 'delivered') ? notifications : null;
  });
}

test('a batch of the command line', async () => {
  const args = ['--id', 'cli', '--notify', address(), '--notify-failures', '1', '--json', '--yes'];
  expect(await run('batch', 'rows.csv', ...args)).toMatchObject({ code: 0 });
  await untilDelivered('cli', 'batch.completed');
  const { stdout } = await until('its status shows it', async () => {
    const shown = await run('status', 'cli');
    return shown.stdout.includes('delivered') ? shown : null;
  });
  expect(stdout).toMatch(
    /^notifications to http:\/\/127\.0\.0\.1:\d+\n {2}.* batch\.completed delivered after 1 attempt: HTTP 204$/m,
  );
  expect(stdout).not.toContain(SECRET);
  const json = JSON.parse((await run('status', 'cli', '--json')).stdout);
  expect(json.notifications.last).toMatchObject([{ type: 'batch.completed', state: 'delivered' }]);
});

test('a single item of the command line', async () => {
  expect(await run('generate', 'a cat', '--id', 'cli-item', '--notify', address())).toMatchObject({ code: 0 });
  await untilDelivered('cli-item', 'item.succeeded');
  const shown = await until('its status shows it', async () => {
    const { stdout } = await run('status', 'cli-item');
    return stdout.includes('item.succeeded delivered') ? stdout : null;
  });
  expect(shown).not.toContain(SECRET);
});

test('the account of the command line', async () => {
  expect(await run('account', 'set', '--notify', address())).toMatchObject({ code: 0 });
  await run('account', 'hold');
  await untilDelivered('default', 'account.held');
  const shown = await until('its status shows it', async () => {
    const { stdout } = await run('account', 'status');
    return stdout.includes('account.held delivered') ? stdout : null;
  });
  expect(shown).not.toContain(SECRET);
  await run('account', 'resume');
  expect(await run('account', 'set', '--notify', 'none')).toMatchObject({ code: 0 });
});

test.each([
  ['batch', ['batch', 'rows.csv', '--weight', 'x', '--notify', `http://example.com/${SECRET}`], '--weight'],
  ['batch without a receiver', ['batch', 'rows.csv', '--notify-failures', '5%'], '--notify-failures requires'],
  ['item', ['generate', 'x', '--deadline', 'soon', '--notify', `nowhere ${SECRET}`], '--deadline'],
  ['account', ['account', 'set', '--max-rate', 'x', '--notify', `ftp://example.com/${SECRET}`], '--max-rate'],
])('a wrong address of a %s is refused with every problem', async (_what, args, other) => {
  const { code, stderr } = await run(...args);
  expect({ code, both: stderr.includes('--notify') && stderr.includes(other) }).toEqual({ code: 2, both: true });
  expect(stderr).not.toContain(SECRET);
});

test('batches over HTTP, as JSON and as an upload', async () => {
  const rows = [{ key: 'a', prompt: 'a cat {{INPUT_INVALID}}' }];
  expect(await call('startBatch', null, { id: 'json', rows, notify: address() })).toMatchObject({ status: 202 });
  await untilDelivered('json', 'batch.completed');
  expect(typesOf('json')).toContain('batch.failures-reached');
  const upload = { id: 'upload', notify: address(), notifyFailures: '5%' };
  const csv = { headers: { 'content-type': 'text/csv' } };
  expect(await call('startBatch', upload, 'key,prompt\na,a cat\n', csv)).toMatchObject({ status: 202 });
  await untilDelivered('upload', 'batch.completed');
  expect((await untilShown('getBatch', { id: 'upload' })).receiver).toBe(receiver.url);
  expect(await call('redriveBatch', { id: 'json' }, { notify: address() })).toMatchObject({ status: 202 });
  await until('its end is delivered', () => typesOf('json').filter((type) => type === 'batch.completed').length === 2);
});

test('an item and the account over HTTP', async () => {
  const item = { id: 'http-item', operation: 'generate/image', request: { prompt: 'a cat' }, notify: address() };
  expect(await call('startItem', null, item)).toMatchObject({ status: 202 });
  await untilDelivered('http-item', 'item.succeeded');
  await untilShown('getItem', { id: 'http-item' });
  expect(await call('setAccount', null, { notify: address() })).toMatchObject({ status: 200 });
  await untilShown('getAccount', null);
  expect(await call('setAccount', null, { notify: null })).toMatchObject({ status: 200 });
});

test('wrong addresses over HTTP are problems with their field, without the secret', async () => {
  const notify = `http://example.com/${SECRET}`;
  const rows = [{ key: 'a', prompt: 'x' }];
  const item = { operation: 'generate/image', request: { prompt: 'x' }, deadlineMs: -1, notify };
  const answers = [
    await call('startBatch', null, { id: 'wrong', rows, weight: -1, notify }),
    await call('startItem', null, item),
    await call('setAccount', null, { notify, limits: { maxRate: -1 } }),
  ];
  for (const { status, data } of answers) {
    expect({ status, fields: data.errors }).toMatchObject({ status: 422, fields: [{}, {}] });
    expect(data.errors).toContainEqual({
      field: 'notify',
      problem: expect.stringContaining('plain http to another machine'),
    });
    expect(JSON.stringify(data)).not.toContain(SECRET);
  }
  expect(JSON.stringify(logged())).not.toContain(SECRET);
});
