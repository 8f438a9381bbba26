import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmulatorOptions, startEmulator } from '../../emulator';
import {
  awaitEnd,
  download,
  fetchStatus,
  INSTANT,
  manualClock,
  post,
  readStatus,
  start,
  submit,
  when,
} from './harness';

let folder: string;
let stateFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'emulator-state-'));
  stateFile = join(folder, 'state.jsonl');
});

afterEach(() => rmSync(folder, { recursive: true }));

test('a restart forgets no accepted job, whether it runs or has ended', async () => {
  const clock = manualClock();
  const options: EmulatorOptions = { stateFile, clock, jobTime: { medianMs: 1_000, sigma: 0 } };
  const first = await start(options);
  const failed = await submit(first, 'a fox {{MODEL_ERROR}}');
  clock.advance(600);
  const running = await submit(first, 'a hen');
  clock.advance(600);
  await first.close();

  const second = await start(options);
  expect(await fetchStatus(second, failed)).toMatchObject({ status: 'failed', failure_reason_code: 'MODEL_ERROR' });
  expect(await fetchStatus(second, running)).toMatchObject({ status: 'processing', progress: 60 });
  clock.advance(400);
  expect((await fetchStatus(second, running)).status).toBe('completed');
});

test('an accepted job is in the file before its answer goes out', async () => {
  const emulator = await start({ ...INSTANT, stateFile });
  const jobId = await submit(emulator, 'a fox');
  expect(readFileSync(stateFile, 'utf8')).toContain(jobId);
});

test('credits and ledger continue where they stopped', async () => {
  const first = await start({ ...INSTANT, stateFile, credits: 3 });
  await download(first, 'a fox');
  await awaitEnd(first, await submit(first, 'a hen {{TIMEOUT}}'));
  first.setLimits({ credits: 1 });
  await post(first, { prompt: '' });
  const before = first.ledger();
  await first.close();

  const second = await start({ ...INSTANT, stateFile, credits: 3 });
  // What became of the answers to POSTs is not kept.
  expect(second.ledger()).toEqual({ ...before, posts: [] });
  expect((await post(second, { prompt: 'a cow' })).status).toBe(200);
  expect((await post(second, { prompt: 'a cow' })).status).toBe(402);
});

test('the same job has the same bytes after a restart', async () => {
  const first = await start({ ...INSTANT, stateFile });
  const before = Buffer.from(await (await download(first, 'a fox')).arrayBuffer());
  const jobId = String(first.ledger().jobs[0]?.jobId);
  await first.close();
  const second = await start({ ...INSTANT, stateFile });
  const { result_url } = await awaitEnd(second, jobId);
  expect(Buffer.from(await (await fetch(String(result_url))).arrayBuffer())).toEqual(before);
});

test('jobs in flight still count against the limit after a restart', async () => {
  const options: EmulatorOptions = { stateFile, clock: manualClock(), maxConcurrentJobs: 1 };
  const first = await start(options);
  await submit(first, 'a fox');
  await first.close();
  expect((await post(await start(options), { prompt: 'a hen' })).status).toBe(429);
});

test('a half-written last line is dropped, and what comes next is not glued to it', async () => {
  const first = await start({ ...INSTANT, stateFile });
  const jobId = await submit(first, 'a fox');
  await first.close();
  appendFileSync(stateFile, '{"type":"job","job":{"id":"job_ha');

  const second = await start({ ...INSTANT, stateFile });
  const later = await submit(second, 'a hen');
  await second.close();
  const third = await start({ ...INSTANT, stateFile });
  expect(third.jobs().map(({ job_id }) => job_id)).toEqual([jobId, later]);
});

test('a last line that lost only its line end is not half a line of the next one', async () => {
  const first = await start({ ...INSTANT, stateFile });
  await submit(first, 'a fox');
  await first.close();
  truncateSync(stateFile, readFileSync(stateFile).length - 1);
  const second = await start({ ...INSTANT, stateFile });
  const later = await submit(second, 'a hen');
  expect((await readStatus(second, later)).status).toBe(200);
});

test('a broken line in the middle is named, not skipped', async () => {
  writeFileSync(stateFile, 'no state\n{"type":"credits","at":1,"credits":1}\n');
  await expect(startEmulator({ stateFile })).rejects.toThrow(/state\.jsonl:1/);
});

test('a directive counts the submissions from before a restart', async () => {
  const prompt = 'a fox {{MODEL_ERROR x1}}';
  const first = await start({ ...INSTANT, stateFile });
  expect((await awaitEnd(first, await submit(first, prompt))).status).toBe('failed');
  await first.close();
  const second = await start({ ...INSTANT, stateFile });
  expect((await awaitEnd(second, await submit(second, prompt))).status).toBe('completed');
});

test('a job that never ends stays so', async () => {
  const clock = manualClock();
  const first = await start({ stateFile, clock });
  when(first, { never: true });
  const jobId = await submit(first, 'a fox');
  await first.close();
  clock.advance(1e10);
  expect((await fetchStatus(await start({ stateFile, clock }), jobId)).status).toBe('processing');
});
