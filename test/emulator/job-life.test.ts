import { createHash } from 'node:crypto';
import { hashOf } from '../support/hash-of';
import { awaitEnd, fetchStatus, INSTANT, manualClock, PATH, post, readStatus, start, submit } from './harness';

const SECOND = 1_000;
const TIMED = { jobTime: { medianMs: 4 * SECOND, sigma: 0 }, queueWaitMs: SECOND };

test('a submission is answered with every published field', async () => {
  const clock = manualClock();
  const emulator = await start({ ...TIMED, clock });
  const response = await post(emulator, { prompt: 'a fox' });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    job_id: expect.stringMatching(/^job_[0-9a-f]{16}$/),
    status: 'queued',
    endpoint: PATH,
    estimated_time_seconds: 5,
    queued_at: new Date(clock.now()).toISOString(),
  });
});

test('a job is queued, then processed, then completed, by the clock alone', async () => {
  const clock = manualClock();
  const emulator = await start({ ...TIMED, clock });
  const jobId = await submit(emulator, 'a fox');
  const seen = [];
  for (const waitMs of [0, SECOND, 2 * SECOND, 2 * SECOND - 1, 1]) {
    clock.advance(waitMs);
    const { status, progress } = await fetchStatus(emulator, jobId);
    seen.push([status, progress]);
  }
  expect(seen).toEqual([
    ['queued', 0],
    ['processing', 0],
    ['processing', 50],
    ['processing', 99],
    ['completed', 100],
  ]);
});

test('a completed job shows its times, its charge and its result', async () => {
  const clock = manualClock();
  const emulator = await start({ ...TIMED, clock });
  const jobId = await submit(emulator, 'a fox');
  clock.advance(6 * SECOND);
  expect(await fetchStatus(emulator, jobId)).toEqual({
    job_id: jobId,
    status: 'completed',
    endpoint: PATH,
    progress: 100,
    result_url: expect.stringContaining(`${emulator.url}/results/${jobId}?expires=`),
    result_mime_type: 'image/png',
    queued_at: '2026-01-01T00:00:00.000Z',
    started_at: '2026-01-01T00:00:01.000Z',
    completed_at: '2026-01-01T00:00:05.000Z',
    charged_at: '2026-01-01T00:00:05.000Z',
    queue_wait_seconds: 1,
    inference_time_seconds: 4,
    total_elapsed_seconds: 5,
    queue_position: null,
    error: null,
    failure_reason_code: null,
    retryable: null,
    warnings: [],
    prompt_hash: createHash('sha256').update('a fox').digest('hex'),
    credits_charged: true,
    credits_amount: 1,
  });
});

test('only the key that made a job may see it', async () => {
  const emulator = await start({ ...INSTANT, apiKeys: ['ip_live_one', 'ip_live_two'] });
  const jobId = await submit(emulator, 'a fox');
  expect((await readStatus(emulator, jobId)).status).toBe(200);
  const other = await fetch(`${emulator.url}${PATH}/status/${jobId}`, { headers: { 'x-api-key': 'ip_live_two' } });
  expect(other.status).toBe(404);
  expect(await other.json()).toMatchObject({ error_code: 'NOT_FOUND' });
});

test('the same seed gives the same job times, another seed others', async () => {
  const durations = async (seed: number) => {
    const clock = manualClock();
    const emulator = await start({ seed, clock });
    for (const prompt of ['a', 'b', 'c']) await submit(emulator, prompt);
    clock.advance(60 * SECOND);
    return emulator.jobs().map(({ inference_time_seconds }) => inference_time_seconds);
  };
  expect(await durations(7)).toEqual(await durations(7));
  expect(await durations(7)).not.toEqual(await durations(8));
});

test('the ledger follows a job from its body to its download', async () => {
  const emulator = await start();
  const body = JSON.stringify({ prompt: 'a fox', width: 16, height: 16 });
  const headers = { 'x-api-key': emulator.apiKey, 'content-type': 'application/json' };
  const response = await fetch(emulator.url + PATH, { method: 'POST', headers, body });
  const { job_id: jobId } = (await response.json()) as { job_id: string };
  const { result_url } = await awaitEnd(emulator, jobId);
  const bytes = Buffer.from(await (await fetch(String(result_url))).arrayBuffer());
  expect(emulator.ledger().jobs).toEqual([
    expect.objectContaining({
      jobId,
      key: emulator.apiKey,
      operation: 'generate/image',
      bodySha256: createHash('sha256').update(body).digest('hex'),
      prompt: 'a fox',
      status: 'completed',
      code: null,
      charged: true,
      downloads: 1,
      resultSha256: hashOf(bytes),
      resultBytes: bytes.length,
    }),
  ]);
});
