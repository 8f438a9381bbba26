/** Two Temporal servers and one store: a batch of the one is neither started nor run again on the other. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ImagePipelineClient } from '../../client';
import { AUTHORIZED, startTestApi } from '../gateway/api-harness';
import { type Rig, startRig } from '../support/rig';
import { startRigWorker } from '../support/rig-worker';
import { startTestTemporal, type TestTemporal } from '../support/temporal';
import { BatchCli } from './batch-cli';

const ROWS = { a: '', b: '' };
const REFUSAL =
  /belongs to the namespace "[^"]+" of the Temporal cluster (\S+), and this is the namespace "[^"]+" of the Temporal cluster (\S+); nothing was started/;

let rig: Rig;
let batchCli: BatchCli;
let server: TestTemporal;
let elsewhere: BatchCli;

beforeAll(async () => {
  [rig, server] = await Promise.all([startRig(), startTestTemporal({ isOwn: true })]);
  batchCli = new BatchCli(rig);
  elsewhere = new BatchCli({ ...rig, server });
});
afterAll(async () => {
  await rig.close();
  await server.stop();
});

const submits = () => rig.emulator.ledger().submits;

test.each([['redrive'], ['rescue', '--batch'], ['batch', 'running.csv', '--id']])(
  '%s: exit 2 with both names',
  async (...command) => {
    const id = 'running';
    elsewhere.writeRows(id, ROWS);
    await batchCli.toEnd('batch', id, batchCli.writeRows(id, ROWS));
    const before = submits();
    const { code, stderr } = await elsewhere.run(...command, id);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(REFUSAL) });
    const [, own, here] = REFUSAL.exec(stderr) ?? [];
    expect(own).not.toBe(here);
    expect(submits()).toBe(before);
    expect((await elsewhere.run('list')).stdout).toBe('');
  },
);

test('the HTTP API likewise', async () => {
  const id = 'by-http';
  await batchCli.toEnd('batch', id, batchCli.writeRows(id, ROWS));
  const rows = readFileSync(path.join(batchCli.folder, `${id}.csv`), 'utf8');
  const client = await ImagePipelineClient.connect({ env: server.env });
  const api = await startTestApi({ client, server, store: rig.store });
  const post = async (route: string, contentType: string, body: string) => {
    const headers = { ...AUTHORIZED, 'content-type': contentType };
    const response = await fetch(`${api.url}${route}`, { method: 'POST', headers, body });
    return { status: response.status, text: await response.text() };
  };
  const redrive = (body: object) => post(`/v1/batches/${id}/redrive`, 'application/json', JSON.stringify(body));
  try {
    for (const refused of [await redrive({}), await post(`/v1/batches?id=${id}`, 'text/csv', rows)]) {
      expect(refused).toMatchObject({ status: 409, text: expect.stringContaining('belongs to the namespace') });
    }
    expect(await redrive({ movedServer: true })).toMatchObject({
      status: 202,
      text: expect.stringContaining('"selected":0'),
    });
  } finally {
    await client.close();
  }
});

test('with --moved-server it continues there, and belongs there from then on', async () => {
  const id = 'moved';
  await batchCli.toEnd('batch', id, batchCli.writeRows(id, { a: '{{INPUT_INVALID x1}}', b: '' }));
  const worker = await startRigWorker({ ...rig.worker, address: server.address, namespace: server.namespace });
  try {
    expect((await elsewhere.run('redrive', id, '--moved-server')).stderr).toContain('redriving 1 item');
    expect(await batchCli.run('redrive', id)).toMatchObject({ code: 2, stderr: expect.stringMatching(REFUSAL) });
    expect((await elsewhere.run('redrive', id)).stderr).not.toMatch(REFUSAL);
  } finally {
    await worker.stop();
  }
});
