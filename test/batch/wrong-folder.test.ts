/** A batch that is started in another folder than that of the workers: refused at the start, and by the first page. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BatchCli } from '../cli/batch-cli';
import { AUTHORIZED, startTestApi } from '../gateway/api-harness';
import { start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { untilStatus } from './batch-fixtures';

const ROWS = { a: '', b: '', c: '' };

let rig: Rig;
let batchCli: BatchCli;
let elsewhere: BatchCli;
const otherStore = tempFolder();

beforeAll(async () => {
  rig = await startRig();
  batchCli = new BatchCli(rig);
  elsewhere = new BatchCli({ ...rig, store: otherStore });
});
afterAll(() => rig.close());

const isKnown = async (id: string) => (await batchCli.run('list')).stdout.includes(id);
const bothAddresses = () =>
  expect.stringContaining(`the workers have the store ${rig.store}, and here it is ${otherStore}`);

test('batch: exit 2 at once with both addresses, and nothing is started', async () => {
  const id = 'refused';
  const begun = Date.now();
  const { code, stderr } = await elsewhere.run('batch', elsewhere.writeRows(id, ROWS), '--id', id);
  expect({ code, stderr }).toEqual({ code: 2, stderr: bothAddresses() });
  expect(Date.now() - begun).toBeLessThan(10_000);
  expect(await isKnown(id)).toBe(false);
});

test('redrive, and the HTTP API: refused likewise', async () => {
  const id = 'moved-workers';
  await batchCli.toEnd('batch', id, batchCli.writeRows(id, { a: '{{INPUT_INVALID x1}}' }));
  const rows = readFileSync(path.join(batchCli.folder, `${id}.csv`), 'utf8');
  await rig.stopWorkers();
  await rig.startWorker({ store: otherStore });
  const words = `the workers have the store ${otherStore}, and here it is ${rig.store}`;
  expect(await batchCli.run('redrive', id)).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
  const api = await startTestApi(rig);
  const post = async (route: string, contentType: string, body: string) => {
    const headers = { ...AUTHORIZED, 'content-type': contentType };
    const response = await fetch(`${api.url}${route}`, { method: 'POST', headers, body });
    return { status: response.status, body: await response.json() };
  };
  const answers = [
    await post(`/v1/batches/${id}/redrive`, 'application/json', '{}'),
    await post('/v1/batches?id=by-http', 'text/csv', rows),
  ];
  for (const answer of answers) {
    expect(answer).toMatchObject({
      status: 409,
      body: { code: 'STORE_MISMATCH', detail: expect.stringContaining('have another store than the gateway') },
    });
    expect(JSON.stringify(answer.body)).not.toContain(rig.store);
  }
  await rig.stopWorkers();
  await rig.startWorker();
  expect(await post('/v1/batches?id=by-http', 'text/csv', rows)).toMatchObject({ status: 202, body: { warnings: [] } });
});

test('past the check: paused with both addresses in 10 s, an image beside it is made, and cancel ends it', async () => {
  const id = 'forced';
  const alone = Date.now();
  await (await start(rig.client, 'alone')).result();
  const usualMs = Date.now() - alone;
  const file = elsewhere.writeRows(id, ROWS);
  expect((await elsewhere.run('batch', file, '--id', id, '--skip-store-check', '--detach')).code).toBe(0);
  const begun = Date.now();
  const batch = rig.client.batch(id);
  const paused = await untilStatus('it is paused', batch, ({ state }) => state === 'paused');
  expect(Date.now() - begun).toBeLessThan(10_000);
  expect(paused).toMatchObject({ pausedBy: 'store', counts: { waiting: 3, total: 3 }, submissions: 0 });
  expect(paused.reason).toContain(
    `the worker uses the store ${rig.store}, but the batch was started with ${otherStore}`,
  );
  const beside = Date.now();
  await (await start(rig.client, 'beside-it')).result();
  expect(Date.now() - beside).toBeLessThan(usualMs + 5_000);
  expect((await elsewhere.run('cancel', id)).code).toBe(0);
  expect(await batch.result()).toMatchObject({ state: 'cancelled', counts: { cancelled: 3, total: 3 } });
});

test('one that is only found: refused with both addresses, nothing is written here; also where no worker answers', async () => {
  const id = 'found';
  await batchCli.toEnd('batch', id, batchCli.writeRows(id, ROWS));
  const file = elsewhere.writeRows(id, ROWS);
  const find = (from: BatchCli, ...flags: string[]) => from.run('batch', file, '--id', id, '--detach', ...flags);
  expect(await find(elsewhere)).toMatchObject({ code: 2, stderr: bothAddresses() });
  await rig.stopWorkers();
  expect(await find(elsewhere)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`the batch has the store ${rig.store}, and here it is ${otherStore}`),
  });
  expect(existsSync(path.join(otherStore, 'batches', id))).toBe(false);
  expect((await elsewhere.run('results', id)).code).toBe(2);
  const here = await batchCli.run('batch', `${id}.csv`, '--id', id, '--detach');
  expect(here).toMatchObject({ code: 0, stderr: expect.stringContaining(`found ${id}: 3 items`) });
  expect(here.stderr).not.toContain('no worker has said');
  await rig.startWorker();
  expect(await find(elsewhere, '--skip-store-check')).toMatchObject({ code: 0 });
});

test('where no worker answers the batch is started with a warning, and found again without one', async () => {
  const id = 'no-worker';
  await rig.stopWorkers();
  const started = await batchCli.run('batch', batchCli.writeRows(id, ROWS), '--id', id, '--detach');
  expect(started).toMatchObject({ code: 0, stderr: expect.stringContaining('no worker has said which store it has') });
  await rig.startWorker();
  expect((await batchCli.run('batch', `${id}.csv`, '--id', id, '--detach')).stderr).toContain(`found ${id}: 3 items`);
  expect(await rig.client.batch(id).result()).toMatchObject({ state: 'completed', counts: { succeeded: 3 } });
});
