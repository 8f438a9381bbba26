/** Files of requests between the store and the provider: uploads, their refusals, and addresses that are lost. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import type { ItemHandle } from '../../client/items/item-handle';
import { hashOf } from '../support/hash-of';
import { readable, readHistory } from '../support/history';
import { catchError } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { startRigWorker } from '../support/rig-worker';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';
import { startWorkerChild } from '../support/worker-child';

/** Another key of the same provider. */
const OTHER_KEY = 'ip_live_other';

let rig: Rig;
const folder = tempFolder();

beforeAll(async () => {
  rig = await startRig({ worker: false, emulator: { apiKeys: ['ip_live_emulator', OTHER_KEY] } });
});
afterAll(() => rig.close());
beforeEach(() => rig.startWorker());
afterEach(async () => {
  rig.emulator.clearScripts();
  await rig.stopWorkers();
});

/** A picture of a colour that no other test has, on the disk. */
async function drawFile(name: string, colour: string): Promise<{ file: string; sha256: string }> {
  const bytes = await sharp({ create: { width: 20, height: 10, channels: 3, background: colour } })
    .png()
    .toBuffer();
  const file = path.join(folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, bytes);
  return { file, sha256: hashOf(bytes) };
}

function enlarge(id: string, file: string): Promise<ItemHandle> {
  return rig.client.startItem({ id, operation: 'upscale/image', request: { input_image: file, scale: 2 } });
}

function uploadsOf(sha256: string): readonly number[] {
  return rig.emulator
    .ledger()
    .uploads.filter((upload) => upload.sha256 === sha256)
    .map(({ status }) => status);
}

test('an upload that the provider has lost is repeated once, and the item is submitted again', async () => {
  const { file, sha256 } = await drawFile('lost.png', '#010203');
  await (await enlarge('before-loss', file)).result();
  rig.emulator.forgetUploads();
  const { submissions } = await (await enlarge('after-loss', file)).result();
  expect(submissions.map(({ code }) => code)).toEqual(['INPUT_INVALID', null]);
  expect(uploadsOf(sha256)).toEqual([200, 200]);
});

test('a picture that the provider cannot use is submitted a second time only after an earlier upload', async () => {
  const { file, sha256 } = await drawFile('refused.png', '#020304');
  rig.emulator.script({ match: { operation: 'upscale/image' }, then: { failJob: 'INPUT_INVALID' } });
  const first = await (await enlarge('refused-first', file)).report();
  expect(first).toMatchObject({ outcome: 'failed', code: 'INPUT_INVALID' });
  expect(first.submissions).toHaveLength(1);
  const second = await (await enlarge('refused-second', file)).report();
  expect(second).toMatchObject({ outcome: 'failed', code: 'INPUT_INVALID' });
  expect(second.submissions).toHaveLength(2);
  expect(uploadsOf(sha256)).toEqual([200, 200]);
});

test('a submission that is refused for an earlier upload is sent again at once, with a new one', async () => {
  const { file, sha256 } = await drawFile('refused-once.png', '#020305');
  await (await enlarge('before-refusal', file)).result();
  rig.emulator.script({ times: 1, match: { operation: 'upscale/image' }, then: { refuse: 'INPUT_INVALID' } });
  const { submissions } = await (await enlarge('after-refusal', file)).result();
  expect(submissions).toMatchObject([{ code: null, refusals: { INPUT_INVALID: 1 } }]);
  expect(uploadsOf(sha256)).toEqual([200, 200]);
});

test.each([
  [413, 'too-large'],
  [415, 'wrong-type'],
  [422, 'not-decoded'],
])(
  'an upload refused with %i is INPUT_INVALID with the name of the file, and nothing is submitted',
  async (status, id) => {
    const { file, sha256 } = await drawFile(`${id}.png`, `#0304${status - 350}`);
    const { submits } = rig.emulator.ledger();
    rig.emulator.script({ then: { on: 'upload', status, body: { detail: 'see https://cdn.example.com/u/1.png' } } });
    const error = await catchError(await enlarge(id, file));
    expect(error).toMatchObject({ code: 'INPUT_INVALID', outcome: 'failed', jobId: null });
    expect(error.message).toContain(`The upload of "${id}.png" was refused: HTTP ${status}: see [redacted]`);
    expect(uploadsOf(sha256)).toEqual([status]);
    expect(rig.emulator.ledger().submits).toBe(submits);
  },
);

test('an item that waits while the account is held goes on after a resume, also if its first upload was refused', async () => {
  const { file, sha256 } = await drawFile('held.png', '#020307');
  rig.emulator.script({ times: 1, then: { on: 'upload', status: 401, body: { detail: 'unknown key' } } });
  const request = { input_image: file, scale: 2 };
  const account = rig.client.account();
  const item = await rig.client.startItem({ id: 'held', operation: 'upscale/image', request, waitWhileHeld: true });
  await until('the account is held, and the item waits', async () => {
    const { hold, waiting } = await account.status();
    return hold?.code === 'UNAUTHENTICATED' && waiting === 1 ? true : null;
  });
  await account.resume();
  expect((await item.result()).outcome).toBe('succeeded');
  expect(uploadsOf(sha256)).toEqual([401, 200]);
});

test.each(['reset', 'half-body'] as const)('an upload that ends in %s is repeated', async (fault) => {
  const { file } = await drawFile(`${fault}.png`, fault === 'reset' ? '#040506' : '#050607');
  rig.emulator.script({ times: 2, then: { on: 'upload', fault } });
  const { submissions } = await (await enlarge(`upload-${fault}`, file)).result();
  expect(submissions).toHaveLength(1);
});

test('a rate limit of uploads slows a batch down, and no item fails', async () => {
  const files = await Promise.all(['#060708', '#060709', '#06070a'].map((one) => drawFile(`${one.slice(1)}.png`, one)));
  const { uploads } = rig.emulator.ledger();
  const refusal = { error: 'Too Many Requests', error_code: 'RATE_LIMIT_EXCEEDED', message: 'slow down' };
  rig.emulator.script({ times: 2, then: { on: 'upload', status: 429, body: refusal } });
  const rows = files.map(({ file }, index) => ({
    key: `row-${index}`,
    operation: 'upscale/image' as const,
    input_image: file,
  }));
  const batch = await rig.client.startBatch({ id: 'limited', rows });
  const { counts } = await batch.result();
  expect(counts).toMatchObject({ succeeded: 3 });
  const made = rig.emulator.ledger().uploads.slice(uploads.length);
  expect(made.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429]);
  const account = await rig.client.account().status();
  expect(JSON.stringify(account)).not.toContain('/uploads/');
});

test('a worker that is killed during an upload leaves no unknown outcome', async () => {
  const { file, sha256 } = await drawFile('killed.png', '#070809');
  await rig.stopWorkers();
  rig.emulator.script({ times: 1, then: { on: 'upload', fault: 'hang' } });
  const first = await startWorkerChild(rig);
  const item = await enlarge('killed-upload', file);
  await until('the upload hangs', () => rig.emulator.ledger().faults['upload:hang'] === 1);
  first.send('SIGKILL');
  expect(await first.ended).toBe('SIGKILL');
  await rig.startWorker();
  const { submissions } = await item.result();
  expect(submissions).toHaveLength(1);
  expect(uploadsOf(sha256)).toEqual([200, 200]);
  expect(readable(await readHistory(rig, 'killed-upload'))).not.toContain('/uploads/');
});

test('an item waits for a file that was removed from the store, until it is there again', async () => {
  const { file, sha256 } = await drawFile('removed.png', '#0a0b0c');
  await rig.stopWorkers();
  const item = await enlarge('removed', file);
  rmSync(path.join(rig.store, 'inputs', `${sha256}.png`));
  await rig.startWorker();
  await until('it is missed', async () => (await item.status()).lastCode === 'STORE_UNAVAILABLE');
  expect(uploadsOf(sha256)).toEqual([]);
  await (await enlarge('kept-again', file)).result();
  expect((await item.result()).submissions).toHaveLength(1);
});

test('many rows with the same file upload it once', async () => {
  const { file, sha256 } = await drawFile('shared.png', '#08090a');
  const rows = Array.from({ length: 30 }, (_, index) => ({
    key: `row-${index}`,
    operation: 'upscale/image' as const,
    input_image: file,
    seed: index,
  }));
  const { counts } = await (await rig.client.startBatch({ id: 'shared', rows })).result();
  expect(counts).toMatchObject({ succeeded: 30 });
  expect(uploadsOf(sha256)).toEqual([200]);
});

test('items with a workflow of their own are uploaded by their page', async () => {
  const { file, sha256 } = await drawFile('own.png', '#090a0b');
  const rows = [{ key: 'own', operation: 'upscale/image' as const, input_image: file }];
  const batch = await rig.client.startBatch({ id: 'own-workflows', rows, workflowPerImage: true });
  expect((await batch.result()).counts).toMatchObject({ succeeded: 1 });
  expect(uploadsOf(sha256)).toEqual([200]);
  const history = readable(await readHistory(rig, 'own-workflows/page-000000'));
  expect([history.includes('uploadInputs'), history.includes('/uploads/')]).toEqual([true, false]);
});

test('workers with two API keys upload a file at most once for each, and no item fails', async () => {
  const files = await Promise.all(
    Array.from({ length: 20 }, (_, index) => drawFile(`key-${index}.png`, `#0a0b${20 + index}`)),
  );
  const other = await startRigWorker({ ...rig.worker, settings: { ...rig.worker.settings, apiKey: OTHER_KEY } });
  try {
    const rows = files.map(({ file }, index) => ({
      key: `row-${index}`,
      operation: 'upscale/image' as const,
      input_image: file,
    }));
    const batch = await rig.client.startBatch({ id: 'keys', rows, workflowPerImage: true });
    expect((await batch.result()).counts).toMatchObject({ succeeded: 20 });
    const items = await Promise.all(files.map(({ file }, index) => enlarge(`keys-${index}`, file)));
    const reports = await Promise.all(items.map((item) => item.report()));
    expect(reports.map(({ outcome }) => outcome)).toEqual(items.map(() => 'succeeded'));
    const made = files.map(({ sha256 }) => uploadsOf(sha256));
    expect(made.flat().every((status) => status === 200)).toBe(true);
    expect(Math.max(...made.map(({ length }) => length))).toBe(2);
  } finally {
    await other.stop();
  }
});
