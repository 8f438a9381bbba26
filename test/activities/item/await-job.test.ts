/** The activity `awaitJob`, against the emulator over real sockets: reading until the end, and what may go wrong. */
import { readFileSync } from 'node:fs';
import { FilesystemStore } from '../../../activities';
import { JobTimes } from '../../../activities/item/polling/job-times';
import { type Emulator, startEmulator } from '../../../emulator';
import { acceptedJob, awaitInput, catchFault, PROMPT, runAwait } from '../../support/activity';
import { withIntervals } from '../../support/intervals';
import { realApi } from '../../support/real-api';
import { tempFolder } from '../../support/temp-folder';
import { until } from '../../support/until';

let emulator: Emulator;
let store: FilesystemStore;

beforeEach(async () => {
  emulator = await startEmulator({ jobTime: { medianMs: 1, sigma: 0 } });
  store = new FilesystemStore(tempFolder());
});
afterEach(() => emulator.close());

const api = () => realApi(emulator.url, { apiKey: emulator.apiKey });
/** Hurried: the waits between reads and after troubles are as short as they can be. */
const options = () => ({ api: api(), store, random: () => 0 });

test('a completed job is downloaded, verified and stored with its hash, and its charge is named', async () => {
  const { result, charge } = await runAwait(options(), awaitInput(await acceptedJob(options()))).result;
  expect(result).toMatchObject({
    mimeType: 'image/png',
    width: 32,
    height: 32,
    file: expect.stringMatching(/item-1\.png$/),
  });
  expect(charge).toEqual({ credits: 1, usd: null });
  const [entry] = emulator.ledger().jobs;
  expect(result.sha256).toBe(entry?.resultSha256);
  expect(readFileSync(result.file)).toHaveLength(result.bytes);
});

test('a completed job teaches its time once, a failed one nothing', async () => {
  const jobTimes = new JobTimes();
  const learn = jest.spyOn(jobTimes, 'learn');
  emulator.script({ times: 1, then: { failJob: 'MODEL_ERROR' } });
  await catchFault(runAwait({ ...options(), jobTimes }, awaitInput(await acceptedJob(options()))).result);
  expect(learn).not.toHaveBeenCalled();
  emulator.script({ times: 1, then: { jobMs: 1_500 } });
  await runAwait({ ...options(), jobTimes }, awaitInput(await acceptedJob(options()))).result;
  expect(learn.mock.calls).toEqual([
    [
      'generate/image',
      {
        estimatedMs: 0,
        projectedMs: expect.any(Number),
        seenRunningMs: expect.any(Number),
        seenEndedMs: expect.any(Number),
        ranMs: 1_500,
      },
    ],
  ]);
});

test('a job that was called back teaches the time at which its first read saw it completed', async () => {
  const jobTimes = new JobTimes();
  const learn = jest.spyOn(jobTimes, 'learn');
  const input = awaitInput(await acceptedJob(options()), { hasCallback: true });
  await until('it has ended', () => emulator.ledger().jobs[0]?.status === 'completed');
  await runAwait({ ...options(), jobTimes }, input).result;
  const [[, { seenRunningMs, seenEndedMs }]] = learn.mock.calls as [Parameters<JobTimes['learn']>];
  expect(seenRunningMs).toBe(seenEndedMs);
});

test('a job that lasts beats, and names itself; no heartbeat holds an address or the prompt', async () => {
  emulator.script({ times: 1, then: { jobMs: 1_500 } });
  const jobId = await acceptedJob(options());
  await withIntervals(async (pass) => {
    const run = runAwait(options(), awaitInput(jobId));
    await until('it beats', () => {
      pass(2_500);
      return run.heartbeats.length > 0;
    });
    await run.result;
    expect(run.heartbeats[0]).toMatchObject({ jobId, trouble: null });
    for (const text of [PROMPT, 'http', 'signature']) expect(JSON.stringify(run.heartbeats)).not.toContain(text);
  });
});

test('a read that hangs is given up after its limit and repeated', async () => {
  emulator.script({ times: 1, then: { on: 'status', fault: 'hang' } });
  const impatient = realApi(emulator.url, { apiKey: emulator.apiKey, limits: { readMs: 200 } });
  const { result } = await runAwait({ ...options(), api: impatient }, awaitInput(await acceptedJob(options()))).result;
  expect(result.width).toBe(32);
});

test('an id that a caller has typed and that the provider does not know is JOB_NOT_FOUND after its time of grace', async () => {
  const timings = { missingGraceMs: 0, resultPatienceMs: 60_000 };
  const { job, ...rest } = awaitInput('job_nobody_knows');
  const claimed = { ...rest, job: { ...job, isClaimed: true as const } };
  const fault = await catchFault(runAwait({ ...options(), timings }, claimed).result);
  expect(fault).toMatchObject({ code: 'JOB_NOT_FOUND', origin: 'read', jobId: 'job_nobody_knows', retryable: false });
  expect(fault.message).toBe('The provider does not know a job "job_nobody_knows" for this key (HTTP 404).');
});

test('a job that does not end within its budget is JOB_OVERDUE, and is not paid for again', async () => {
  emulator.script({ then: { never: true } });
  const jobId = await acceptedJob(options());
  const fault = await catchFault(runAwait(options(), awaitInput(jobId, { jobTimeBudgetMs: 300 })).result);
  expect(fault).toMatchObject({ code: 'JOB_OVERDUE', jobId, retryable: false });
});

test('the deadline ends the wait and says what the job was doing', async () => {
  emulator.script({ then: { never: true } });
  const jobId = await acceptedJob(options());
  const fault = await catchFault(runAwait(options(), awaitInput(jobId, { deadlineAt: Date.now() + 400 })).result);
  expect(fault).toMatchObject({ code: 'DEADLINE_EXCEEDED', jobId, message: expect.stringContaining('processing') });
});

test('a failed job is raised with its code, its own flag and its message without the prompt', async () => {
  emulator.script({ then: { failJob: 'MODEL_ERROR', retryable: false, message: `the model failed on "${PROMPT}"` } });
  const jobId = await acceptedJob(options());
  const fault = await catchFault(runAwait(options(), awaitInput(jobId, { met: { TIMEOUT: 1 } })).result);
  expect(fault).toMatchObject({
    code: 'MODEL_ERROR',
    origin: 'job',
    jobId,
    retryable: false,
    contradiction: true,
    message: 'the model failed on "[redacted]"',
    met: { TIMEOUT: 1, MODEL_ERROR: 1 },
  });
});

test('a cancellation is left with its own reason, at once, whatever is waited for', async () => {
  emulator.script({ then: { never: true } });
  const jobId = await acceptedJob(options());
  const run = runAwait(options(), awaitInput(jobId));
  await until('the job was read', () => (emulator.ledger().jobs[0]?.statusReads ?? 0) > 0);
  run.environment.cancel('WORKER_SHUTDOWN');
  await expect(run.result).rejects.toMatchObject({ name: 'CancelledFailure', message: 'WORKER_SHUTDOWN' });
});

test('a cancellation ends a read that hangs, too', async () => {
  emulator.script({ then: { on: 'status', fault: 'hang' } });
  const run = runAwait(options(), awaitInput(await acceptedJob(options())));
  await until('the read hangs', () => emulator.ledger().faults['status:hang'] === 1);
  run.environment.cancel('CANCELLED');
  await expect(run.result).rejects.toMatchObject({ name: 'CancelledFailure', message: 'CANCELLED' });
});
