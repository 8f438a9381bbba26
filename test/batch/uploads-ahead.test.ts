/** Items of a batch upload their files before they have a permit, so that a permit is used by a job. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import type { BatchHandle } from '../../client/batches/batch-handle';
import type { UploadRecord } from '../../emulator';
import { hashOf } from '../support/hash-of';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';

/** Longer than a busy machine needs for an upload. */
const JOB_MS = 3_000;

let rig: Rig;
const folder = tempFolder();

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: JOB_MS, sigma: 0 } } });
});
afterAll(() => rig.close());
afterEach(() => rig.emulator.clearScripts());

/** Rows with a picture each that no other row has. */
async function drawRows(id: string, count: number) {
  mkdirSync(folder, { recursive: true });
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const background = { r: index, g: hashOf(Buffer.from(id)).charCodeAt(0), b: id.length };
      const bytes = await sharp({ create: { width: 20, height: 10, channels: 3, background } })
        .png()
        .toBuffer();
      const file = path.join(folder, `${id}-${index}.png`);
      writeFileSync(file, bytes);
      return { sha256: hashOf(bytes), row: toRow(index, file) };
    }),
  );
}

function toRow(index: number, file: string) {
  return { key: `row-${index}`, operation: 'upscale/image' as const, input_image: file };
}

async function start(id: string, count: number, concurrency: number) {
  const drawn = await drawRows(id, count);
  const rows = drawn.map(({ row }) => row);
  const hashes = drawn.map(({ sha256 }) => sha256);
  return { batch: await rig.client.startBatch({ id, rows, concurrency }), hashes };
}

function uploadsOf(hashes: readonly string[]): readonly UploadRecord[] {
  return rig.emulator.ledger().uploads.filter(({ sha256 }) => sha256 !== null && hashes.includes(sha256));
}

function jobsOf(hashes: readonly string[]) {
  const { jobs } = rig.emulator.ledger();
  return jobs.filter(({ inputs }) => inputs.some((url) => hashes.some((sha256) => url.includes(sha256))));
}

async function expectSucceeded(batch: BatchHandle, count: number): Promise<void> {
  expect((await batch.result()).counts).toMatchObject({ succeeded: count });
}

test('the next item uploads while the job of the one before it is in flight', async () => {
  const { batch, hashes } = await start('ahead', 4, 1);
  await expectSucceeded(batch, 4);
  const jobs = jobsOf(hashes);
  const uploads = uploadsOf(hashes);
  expect([jobs.length, uploads.length]).toEqual([4, 4]);
  const next = jobs.slice(1).map(({ inputs }, index) => ({
    uploadedAt: uploads.find(({ sha256 }) => inputs[0]?.includes(sha256 ?? '-'))?.answeredAt ?? 0,
    endedAt: jobs[index]?.endedAt ?? 0,
  }));
  expect(next.filter(({ uploadedAt, endedAt }) => uploadedAt >= endedAt)).toEqual([]);
});

test('a paused batch has uploaded for as many items as it has permits, and one more', async () => {
  const { batch, hashes } = await start('paused-ahead', 20, 2);
  await until('a job is in flight', () => jobsOf(hashes).length > 0);
  await batch.pause();
  await until('nothing runs', async () => (await batch.status()).counts.running === 0);
  const jobs = jobsOf(hashes).length;
  expect(uploadsOf(hashes).length).toBeLessThanOrEqual(jobs + 3);
  await batch.resume();
  await batch.cancel();
  await batch.result();
  expect(uploadsOf(hashes).length).toBeLessThanOrEqual(jobsOf(hashes).length + 3);
});

test('a key that is refused for an upload ahead holds the account; after a resume no item has failed', async () => {
  rig.emulator.script({ times: 1, then: { on: 'upload', status: 401, body: { detail: 'unknown key' } } });
  const { batch, hashes } = await start('refused-ahead', 6, 2);
  const account = rig.client.account();
  await until('the account is held', async () => (await account.status()).hold?.code === 'UNAUTHENTICATED');
  await until('nothing runs', async () => (await batch.status()).counts.running === 0);
  // How many items were submitted before the page read the refusal depends on the machine.
  expect(uploadsOf(hashes).length).toBeLessThanOrEqual(jobsOf(hashes).length + 3);
  await account.resume();
  await expectSucceeded(batch, 6);
  expect(uploadsOf(hashes).filter(({ status }) => status === 200)).toHaveLength(6);
});

test('a file that the provider refuses fails its item without a submission, and no other one', async () => {
  rig.emulator.script({ times: 1, then: { on: 'upload', status: 413, body: { detail: 'too large' } } });
  const { submits } = rig.emulator.ledger();
  const { batch } = await start('too-large-ahead', 3, 2);
  expect((await batch.result()).counts).toMatchObject({ succeeded: 2, failed: 1 });
  expect(rig.emulator.ledger().submits).toBe(submits + 2);
  const rows = [];
  for await (const row of batch.results()) rows.push(row);
  const failed = rows.find(({ outcome }) => outcome === 'failed');
  expect(failed).toMatchObject({ code: 'INPUT_INVALID', jobId: null });
  expect(failed?.submissions).toMatchObject([{ code: 'INPUT_INVALID', jobId: null }]);
});
