/** The activity `submitJob`: one POST an attempt, refusals remembered, nothing secret in a failure. */
import { EventEmitter, once } from 'node:events';
import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities, FilesystemStore, type ImagePipelineApi } from '../../../activities';
import { verifyToken } from '../../../activities/callback';
import type { SubmitVerdict } from '../../../activities/imagepipeline/classify-submit';
import { JobTimes } from '../../../activities/item/polling/job-times';
import { governedSubmitRetryPolicy, submitRetryPolicy } from '../../../workflows/domain/failures/policies';
import type { RequestFields } from '../../../workflows/domain/item/item';
import {
  activityEnvironment,
  apiThat,
  catchFault,
  PROMPT,
  REQUEST,
  runSubmit,
  SUBMIT_INFO,
  submitClient,
  submitInput,
} from '../../support/activity';
import { withIntervals } from '../../support/intervals';
import { answer, provider } from '../../support/provider';
import { API_KEY, realApi } from '../../support/real-api';
import { tempFolder } from '../../support/temp-folder';
import { until } from '../../support/until';

const store = new FilesystemStore(tempFolder());

const CALLBACKS = { url: 'https://hooks.example.com/ip', secrets: ['s'.repeat(32)] as const };
const accepted: SubmitVerdict = { kind: 'accepted', jobId: 'job_1', estimatedMs: 4_000 };

test('an accepted submission names its job, its time and the refusals before it', async () => {
  const { result } = runSubmit(
    { api: apiThat(async () => accepted), store, now: () => 1_000 },
    submitInput({ deadlineAt: 2_000 }),
    { heartbeatDetails: { refusals: { RATE_LIMIT_EXCEEDED: 2 }, expectsCallback: false } },
  );
  expect(await result).toEqual({
    jobId: 'job_1',
    estimatedMs: 4_000,
    refusals: { RATE_LIMIT_EXCEEDED: 2 },
  });
});

describe('the address to call back', () => {
  const info = { workflowExecution: { workflowId: 'spring-0', runId: 'run-1' } };

  test('carries a token for workflow, run, item and submission', async () => {
    const submit = jest.fn(async () => accepted);
    await runSubmit({ api: apiThat(submit), store, callbacks: CALLBACKS }, submitInput({ submission: 3 }), info).result;
    const [, { callback_url: address, ...request }] = submit.mock.calls[0] as unknown as [string, RequestFields];
    expect(request).toEqual(REQUEST);
    const [, token = ''] = /^https:\/\/hooks\.example\.com\/ip\/callbacks\/(.+)$/.exec(String(address)) ?? [];
    expect(verifyToken(token, CALLBACKS.secrets)).toEqual({
      workflowId: 'spring-0',
      run: 'run-1',
      key: 'item-1',
      submission: 3,
    });
  });

  test('comes with what such jobs have taken, once some were seen', async () => {
    const jobTimes = new JobTimes();
    const submit = () =>
      runSubmit({ api: apiThat(async () => accepted), store, callbacks: CALLBACKS, jobTimes }, submitInput(), info);
    const seen = { estimatedMs: null, projectedMs: null, seenRunningMs: 0, seenEndedMs: 40_500, ranMs: 40_000 };
    for (let job = 0; job < 9; job += 1) jobTimes.learn('generate/image', seen);
    expect(await submit().result).not.toHaveProperty('usualMs');
    jobTimes.learn('generate/image', seen);
    // A spread is never believed to be nothing, so the mean lies a little above.
    expect(await submit().result).toMatchObject({ expectsCallback: true, usualMs: 40_018 });
  });

  test('is not given where none is configured', async () => {
    const submit = jest.fn(async () => accepted);
    await runSubmit({ api: apiThat(submit), store }, submitInput(), info).result;
    expect(submit).toHaveBeenCalledWith('generate/image', REQUEST);
  });

  test('does not come back in a failure', async () => {
    const api = apiThat(async (_operation, { callback_url }) => {
      return { kind: 'refused', code: 'INPUT_INVALID', message: `cannot call ${String(callback_url)}` };
    });
    const fault = await catchFault(runSubmit({ api, store, callbacks: CALLBACKS }, submitInput(), info).result);
    expect(fault.message).toBe('cannot call [redacted]');
  });
});

test('a refusal is added to those that the attempts before have met, and counts towards the budget', async () => {
  const server = await provider(answer(503, { error_code: 'MODEL_UNAVAILABLE', message: 'come back later' }));
  const run = runSubmit(
    { api: realApi(server.url), store, random: () => 0 },
    submitInput({ met: { MODEL_UNAVAILABLE: 5 } }),
    {
      heartbeatDetails: { refusals: { MODEL_UNAVAILABLE: 2, RATE_LIMIT_EXCEEDED: 1 }, expectsCallback: false },
    },
  );
  expect(await catchFault(run.result)).toMatchObject({
    code: 'MODEL_UNAVAILABLE',
    retryable: true,
    met: { MODEL_UNAVAILABLE: 8, RATE_LIMIT_EXCEEDED: 1 },
  });
  expect(run.heartbeats.at(-1)).toEqual({
    refusals: { MODEL_UNAVAILABLE: 3, RATE_LIMIT_EXCEEDED: 1 },
    expectsCallback: false,
    postLimitMs: 60_000,
    isUnsent: true,
  });
});

test('a refusal beyond its budget is not sent again', async () => {
  const server = await provider(answer(503, { error_code: 'MODEL_UNAVAILABLE' }));
  const run = runSubmit({ api: realApi(server.url), store }, submitInput({ met: { MODEL_UNAVAILABLE: 8 } }));
  expect(await catchFault(run.result)).toMatchObject({ retryable: false });
});

test('Retry-After decides when a refused submission is sent again, if it is longer than our own delay', async () => {
  const server = await provider(answer(429, {}, { 'retry-after': '30' }));
  const { result } = runSubmit({ api: realApi(server.url), store, random: () => 0.5 });
  await expect(result).rejects.toMatchObject({ type: 'RATE_LIMIT_EXCEEDED', nextRetryDelay: 30_000 });
});

test('a refusal whose retry would come after the deadline is the end, and says what was met', async () => {
  const server = await provider(answer(429, { message: 'slow down' }, { 'retry-after': '120' }));
  const fault = await catchFault(runSubmit({ api: realApi(server.url), store }).result);
  expect(fault).toMatchObject({ code: 'DEADLINE_EXCEEDED', retryable: false });
  expect(fault.message).toMatch(/RATE_LIMIT_EXCEEDED.*slow down/);
});

test('nothing is sent after the deadline', async () => {
  const server = await provider(answer(200, { job_id: 'job_1' }));
  const { result } = runSubmit({ api: realApi(server.url), store }, submitInput({ deadlineAt: Date.now() - 1 }));
  expect(await catchFault(result)).toMatchObject({ code: 'DEADLINE_EXCEEDED', retryable: false });
  expect(server.requests).toEqual([]);
});

test('nothing is sent once the activity is cancelled', async () => {
  const submit = jest.fn();
  const environment = activityEnvironment();
  environment.cancel('CANCELLED');
  const run = environment.run(createActivities({ api: apiThat(submit), store }).submitJob, submitInput());
  await expect(run).rejects.toMatchObject({ name: 'CancelledFailure', message: 'CANCELLED' });
  expect(submit).not.toHaveBeenCalled();
});

test('nothing is sent by a worker that stood still before, and the server tries it again', async () => {
  const submit = jest.fn();
  const processPause = { isSince: (at: number) => at === 5_000 };
  const { result } = runSubmit({ api: apiThat(submit), store, processPause, now: () => 5_000 }, submitInput());
  await expect(result).rejects.toMatchObject({ name: 'WORKER_PROCESS_PAUSED' });
  for (const policy of [submitRetryPolicy(), governedSubmitRetryPolicy()]) {
    expect(policy.nonRetryableErrorTypes).not.toContain('WORKER_PROCESS_PAUSED');
  }
  expect(submit).not.toHaveBeenCalled();
});

describe('an attempt that is nearly over', () => {
  const began = Date.now();
  const nearlyOver = { startToCloseTimeoutMs: 150_000 };
  const later = (elapsedMs: number) => {
    let looks = 0;
    // The first look is the beginning of the attempt.
    return () => began + (looks++ === 0 ? 0 : elapsedMs);
  };

  test.each([
    [74_000, 1],
    [76_000, 0],
    [200_000, 0],
  ])('after %i ms begins %i POSTs', async (elapsedMs, posts) => {
    const submit = jest.fn(async () => accepted);
    const input = submitInput({ deadlineAt: began + 10 * 60_000 });
    const { result } = runSubmit({ api: apiThat(submit), store, now: later(elapsedMs) }, input, nearlyOver);
    if (posts === 0) await expect(result).rejects.toMatchObject({ name: 'ATTEMPT_NEARLY_OVER' });
    else expect(await result).toMatchObject({ jobId: 'job_1' });
    expect(submit).toHaveBeenCalledTimes(posts);
  });

  test('is tried again by the server', () => {
    for (const policy of [submitRetryPolicy(), governedSubmitRetryPolicy()]) {
      expect(policy.nonRetryableErrorTypes).not.toContain('ATTEMPT_NEARLY_OVER');
    }
  });
});

test('what was cancelled or stopped while the row was read is not sent', async () => {
  const submit = jest.fn(async () => accepted);
  const reading = new EventEmitter();
  const { request: _inTheStore, ...input } = submitInput();
  const row = { batchId: 'spring', part: 0, rowsHash: 'a0', index: 0, pageRun: 'r1' };
  const slow = new FilesystemStore(tempFolder());
  jest.spyOn(slow.batches, 'readBegin').mockResolvedValue('r1');
  jest.spyOn(slow.batches, 'readPart').mockImplementation(async () => (await once(reading, 'read'))[0]);
  const run = runSubmit({ api: apiThat(submit), store: slow }, { ...input, row });
  await until('it reads', () => reading.listenerCount('read') > 0);
  run.environment.cancel('WORKER_SHUTDOWN');
  reading.emit('read', [{ key: 'item-1', operation: 'generate/image', request: REQUEST }]);
  await expect(run.result).rejects.toMatchObject({ name: 'CancelledFailure', message: 'WORKER_SHUTDOWN' });
  expect(submit).not.toHaveBeenCalled();
});

test.each([
  ['that has begun its part', 'r1', 'r1', 1],
  ['whose part another run has begun', 'r2', 'r1', 0],
  ['whose part was never begun', null, 'r1', 0],
])('an item of a page %s is sent, or not', async (_which, begun, pageRun, posts) => {
  const submit = jest.fn(async () => accepted);
  const rows = [{ key: 'item-1', operation: 'generate/image', request: REQUEST }];
  const readBegin = jest.fn(async () => begun);
  const batches = { ...store.batches, readBegin, readPart: async () => rows };
  const { request: _inTheStore, ...input } = submitInput();
  const row = { batchId: 'spring', part: 0, rowsHash: 'a0', index: 0, pageRun };
  const options = { api: apiThat(submit), store: { ...store, batches } as unknown as typeof store };
  const { result } = runSubmit(options, { ...input, row });
  if (posts === 0) await expect(result).rejects.toMatchObject({ type: 'PAGE_SUPERSEDED', nonRetryable: true });
  else expect(await result).toMatchObject({ jobId: 'job_1' });
  expect(submit).toHaveBeenCalledTimes(posts);
});

test('a POST in progress when the activity is cancelled is let finish, and its job is reported', async () => {
  const posted = new EventEmitter();
  const server = await provider((response) => posted.once('answer', () => response.end('{"job_id":"job_1"}')));
  const run = runSubmit({ api: realApi(server.url), store });
  await until('the provider has the request', () => posted.listenerCount('answer') > 0);
  run.environment.cancel('CANCELLED');
  posted.emit('answer');
  expect(await run.result).toMatchObject({ jobId: 'job_1' });
  expect(server.requests).toHaveLength(1);
});

test('a fault of our own after sending counts as an unknown outcome, not as something to try again', async () => {
  const broken = apiThat(() => Promise.reject(new TypeError(`cannot read ${PROMPT}`)));
  const fault = await catchFault(runSubmit({ api: broken, store }).result);
  expect(fault).toMatchObject({ code: 'SUBMIT_OUTCOME_UNKNOWN', retryable: false });
  expect(fault.message).toBe('internal error after sending: TypeError');
});

test('neither the prompt nor the key reaches a failure, even if the provider repeats them', async () => {
  const message = `"${PROMPT}" is rejected for ${API_KEY}, see https://help.example/x?token=secret`;
  const server = await provider(answer(400, { message }));
  const { result } = runSubmit({ api: realApi(server.url), store });
  const text = JSON.stringify([await catchFault(result), await result.catch((error: Error) => error.message)]);
  for (const secret of [PROMPT, API_KEY, 'token=secret']) expect(text).not.toContain(secret);
  expect(text).toContain('is rejected for');
});

describe('the record of a POST', () => {
  const details = { refusals: {}, expectsCallback: true, postLimitMs: 60_000 };
  const options = (submit: ImagePipelineApi['submit']) => ({ api: apiThat(submit), store, callbacks: CALLBACKS });

  test('is stored by the server before the POST begins', async () => {
    const events: unknown[] = [];
    const stored = new EventEmitter();
    const client = submitClient(async (heartbeat) => {
      events.push(heartbeat);
      await once(stored, 'now');
    });
    const submit = async () => {
      events.push('POST');
      return accepted;
    };
    const run = activityEnvironment({}, client).run(createActivities(options(submit)).submitJob, submitInput());
    await until('the record is sent', () => stored.listenerCount('now') > 0);
    expect(events).toEqual([details]);
    stored.emit('now');
    expect(await run).toMatchObject({ jobId: 'job_1' });
    expect(events).toEqual([details, 'POST']);
  });

  test.each(['ActivityNotFoundError', 'ActivityPausedError', 'ActivityCompletionError'])(
    'if it fails with %s, nothing is sent and the server retries',
    async (name) => {
      const submit = jest.fn(async () => accepted);
      const environment = activityEnvironment(
        {},
        submitClient(() => Promise.reject(Object.assign(new Error('no'), { name }))),
      );
      const heartbeats: unknown[] = [];
      environment.on('heartbeat', (heartbeat) => heartbeats.push(heartbeat));
      const run = environment.run(createActivities(options(submit)).submitJob, submitInput());
      await expect(run).rejects.toMatchObject({ name: 'POST_NOT_RECORDED', message: expect.stringContaining(name) });
      expect(submit).not.toHaveBeenCalled();
      expect(heartbeats).toEqual([{ ...details, isUnsent: true }]);
    },
  );

  test('if it shows that the submission is revoked, nothing is sent and the attempt ends as cancelled', async () => {
    const submit = jest.fn(async () => accepted);
    const environment = activityEnvironment(
      {},
      submitClient(() => Promise.reject(Object.assign(new Error('cancelled'), { name: 'ActivityCancelledError' }))),
    );
    // The server answers the worker's own heartbeat with the cancellation.
    environment.once('heartbeat', () => environment.cancel('CANCELLED'));
    const run = environment.run(createActivities(options(submit)).submitJob, submitInput());
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(submit).not.toHaveBeenCalled();
  });

  test('is withdrawn if the attempt ends before the POST', async () => {
    const { heartbeats, result } = runSubmit(
      options(async () => accepted),
      submitInput(),
      { startToCloseTimeoutMs: 1_000 },
    );
    await expect(result).rejects.toMatchObject({ name: 'ATTEMPT_NEARLY_OVER' });
    expect(heartbeats).toEqual([details, { ...details, isUnsent: true }]);
  });
});

test('an image whose account is slow to answer beats, so that nobody takes its worker for lost', async () => {
  const asked = new EventEmitter();
  const client = {
    ...submitClient(),
    workflow: { executeUpdateWithStart: async () => await once(asked, 'answered') },
  };
  const environment = new MockActivityEnvironment(SUBMIT_INFO, { client: client as unknown as Client });
  const beats = jest.fn();
  environment.on('heartbeat', beats);
  await withIntervals(async (pass) => {
    const { submitJob } = createActivities({ api: apiThat(async () => accepted), store });
    const ask = { account: 'default', isGranted: false, isProbe: false, waitWhileHeld: true, again: false };
    const submission = environment.run(submitJob, submitInput({ ask }));
    await until('it asks', () => asked.listenerCount('answered') > 0);
    pass(6_000);
    expect(beats).not.toHaveBeenCalled();
    pass(8_000);
    expect(beats).toHaveBeenCalledTimes(2);
    asked.emit('answered', { answer: 'queued', isProbe: false, hold: null, askAgainMs: 60_000 });
    expect(await submission).toEqual({ queued: true, isInQueue: true, askAgainMs: 60_000, refusals: {} });
  });
});
