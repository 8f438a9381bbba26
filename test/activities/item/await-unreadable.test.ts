/** Statuses that cannot be read, over real sockets: a paid job is read until its time is over, and is never given up before. */
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import timers from 'node:timers/promises';
import { FilesystemStore } from '../../../activities';
import { ForbiddenReads } from '../../../activities/item/forbidden-reads';
import { startEmulator } from '../../../emulator';
import { acceptedJob, awaitInput, catchFault, runAwait } from '../../support/activity';
import { answer, type Handler, provider } from '../../support/provider';
import { realApi } from '../../support/real-api';
import { tempFolder } from '../../support/temp-folder';
import { until } from '../../support/until';

const HTML = '<html><title>Sign in</title></html>';

const silent: Handler = () => undefined;
const cut: Handler = (response) => response.socket?.destroy();
const half: Handler = (response: ServerResponse) => {
  response.writeHead(200, { 'content-length': '100' });
  response.write('{"status":', () => response.socket?.destroy());
};

/** What the status route answers, and the code of an item whose job could not be read to the end of its time. */
const ANSWERS: readonly (readonly [string, Handler, string])[] = [
  ['200 with a page', answer(200, HTML), 'RESPONSE_INVALID'],
  ['200 with nothing', answer(200, ''), 'RESPONSE_INVALID'],
  ['204', answer(204, ''), 'RESPONSE_INVALID'],
  ['301', answer(301, '', { location: '/elsewhere' }), 'RESPONSE_INVALID'],
  ['307', answer(307, '', { location: '/elsewhere' }), 'RESPONSE_INVALID'],
  ['400', answer(400, { detail: 'no' }), 'RESPONSE_INVALID'],
  ['404', answer(404, { detail: 'not found' }), 'JOB_NOT_FOUND'],
  ['404 of a proxy', answer(404, HTML), 'JOB_NOT_FOUND'],
  ['405', answer(405, {}), 'RESPONSE_INVALID'],
  ['409', answer(409, {}), 'RESPONSE_INVALID'],
  ['410', answer(410, {}), 'JOB_NOT_FOUND'],
  ['422', answer(422, {}), 'RESPONSE_INVALID'],
  ['429', answer(429, {}, { 'retry-after': '0' }), 'JOB_OVERDUE'],
  ['500', answer(500, HTML), 'JOB_OVERDUE'],
  ['502', answer(502, HTML), 'JOB_OVERDUE'],
  ['503', answer(503, HTML), 'JOB_OVERDUE'],
  ['a reset', cut, 'JOB_OVERDUE'],
  ['half an answer', half, 'RESPONSE_INVALID'],
  ['silence', silent, 'JOB_OVERDUE'],
];

const store = new FilesystemStore(tempFolder());
const hurried = (url: string, { apiKey = 'ip_live_test', readMs = 10_000 } = {}) => ({
  api: realApi(url, { apiKey, limits: { readMs } }),
  store,
  random: () => 0,
});
/** Only silence is given up by its time, which must not strike the others on a busy machine. */
const patienceWith = (handle: Handler) => (handle === silent ? { readMs: 100 } : {});

/** All at once, since each takes its time. */
function forEachAnswer<T>(look: (handle: Handler) => Promise<T>): Promise<readonly (readonly [string, T])[]> {
  return Promise.all(ANSWERS.map(async ([name, handle]) => [name, await look(handle)] as const));
}

test('whatever the status answers, the job is read on until it has ended', async () => {
  const emulator = await startEmulator({ jobTime: { medianMs: 1, sigma: 0 } });
  try {
    const seen = await forEachAnswer(async (handle) => {
      const jobId = await acceptedJob(hurried(emulator.url, { apiKey: emulator.apiKey }));
      const front = await provider((response, request) => {
        if (front.requests.length <= 4) handle(response, request);
        else void forward(emulator.url, request.url ?? '', emulator.apiKey, response);
      });
      const { result } = await runAwait(hurried(front.url, patienceWith(handle)), awaitInput(jobId, { key: jobId }))
        .result;
      const job = emulator.ledger().jobs.find((one) => one.jobId === jobId);
      return { isOurs: result.sha256 === job?.resultSha256, wasReadOn: front.requests.length > 4 };
    });
    expect(seen).toEqual(ANSWERS.map(([name]) => [name, { isOurs: true, wasReadOn: true }]));
    expect(emulator.ledger().accepted).toBe(ANSWERS.length);
  } finally {
    await emulator.close();
  }
});

test('whatever the status answers, the job is read until its time is over, and the code says why it is not known', async () => {
  const seen = await forEachAnswer(async (handle) => {
    const front = await provider(handle);
    const began = performance.now();
    const input = awaitInput('job_1', { jobTimeBudgetMs: 1_200 });
    const run = runAwait(hurried(front.url, patienceWith(handle)), input);
    const { code, origin, jobId, retryable, message } = await catchFault(run.result);
    const isPatient = performance.now() - began >= 1_200 && front.requests.length >= 3;
    return { code, origin, jobId, retryable, isPatient, message };
  });
  const message = expect.stringMatching(/was accepted, but its status could not be read since \d{4}-.+: ./);
  const known = { origin: 'read', jobId: 'job_1', retryable: false, isPatient: true, message };
  expect(seen).toEqual(ANSWERS.map(([name, , code]) => [name, { code, ...known }]));
});

async function forward(base: string, path: string, apiKey: string, response: ServerResponse): Promise<void> {
  const read = await fetch(`${base}${path}`, { headers: { 'x-api-key': apiKey } });
  answer(read.status, await read.text())(response, response.req);
}

test('a job that is past its time is not given up for one answer that is out of place', async () => {
  const front = await provider((response, request) => {
    const handle =
      front.requests.length === 1
        ? answer(503, HTML)
        : answer(200, { status: 'failed', failure_reason_code: 'TIMEOUT' });
    handle(response, request);
  });
  const { job, ...rest } = awaitInput('job_1', { jobTimeBudgetMs: 10 });
  const old = { ...rest, job: { ...job, acceptedAt: Date.now() - 60_000 } };
  expect(await catchFault(runAwait(hurried(front.url), old).result)).toMatchObject({ code: 'TIMEOUT', origin: 'job' });
});

test('trouble is reported with its beginning, and the next attempt knows of it', async () => {
  const front = await provider(answer(404, HTML));
  const run = runAwait(hurried(front.url), awaitInput('job_1'));
  const told = await until('trouble is told', () => run.heartbeats.at(-1) as Record<string, string> | undefined);
  expect(told).toEqual({
    jobId: 'job_1',
    state: 'accepted',
    progress: null,
    trouble: 'HTTP 404 (an HTML page, not an answer of the API)',
    troubleSince: expect.stringMatching(/^\d{4}-/),
  });
  run.environment.cancel('WORKER_SHUTDOWN');
  await expect(run.result).rejects.toMatchObject({ message: 'WORKER_SHUTDOWN' });
  const before = { ...told, troubleSince: '2026-01-01T00:00:00.000Z' };
  const again = runAwait(hurried(front.url), awaitInput('job_1', { jobTimeBudgetMs: 100 }), {
    heartbeatDetails: before,
  });
  expect((await catchFault(again.result)).message).toContain('since 2026-01-01T00:00:00.000Z: HTTP 404');
});

test.each([401, 403])('a key that is refused by %s ends no job: it is read on past its time', async (status) => {
  const front = await provider((response, request) => {
    const isSound = front.requests.length > 4;
    const handle = isSound ? answer(200, { status: 'failed', failure_reason_code: 'MODEL_ERROR' }) : answer(status, {});
    handle(response, request);
  });
  const fault = await catchFault(runAwait(hurried(front.url), awaitInput('job_1', { jobTimeBudgetMs: 1 })).result);
  expect(fault).toMatchObject({ code: 'MODEL_ERROR', origin: 'job' });
});

test.each([401, 403])(
  'a key that is refused by %s while its batch ends is waited out for the time of the job',
  async (status) => {
    const front = await provider(answer(status, {}));
    const input = awaitInput('job_1', { isOver: true, jobTimeBudgetMs: 1 });
    expect(await catchFault(runAwait(hurried(front.url), input).result)).toMatchObject({
      code: 'JOB_OVERDUE',
      origin: 'read',
    });
  },
);

test('a key that is refused comes back to a page, which follows the job when the account continues', async () => {
  const front = await provider(answer(401, {}));
  const run = runAwait(hurried(front.url), awaitInput('job_1', { isGoverned: true }));
  expect(await catchFault(run.result)).toMatchObject({ code: 'UNAUTHENTICATED', origin: 'read', jobId: 'job_1' });
});

describe('HTTP 403 for the status of a job', () => {
  /** What a worker meets that reads these jobs one after the other; it continues to follow the last one. */
  async function readInTurn(answers: Readonly<Record<string, Handler>>) {
    const front = await provider((response, request) => {
      answers[path.basename(request.url ?? '')]?.(response, request);
    });
    const forbiddenReads = new ForbiddenReads();
    const judge = jest.spyOn(forbiddenReads, 'judge');
    const options = { ...hurried(front.url), forbiddenReads };
    const look = async (jobId: string) => {
      const run = runAwait(options, awaitInput(jobId, { key: jobId, isGoverned: true }));
      await until(`${jobId} was read`, () => judge.mock.calls.some(([read]) => read === jobId));
      return run;
    };
    const jobs = Object.keys(answers);
    for (const jobId of jobs.slice(0, -1)) await cancelled(await look(jobId));
    return look(jobs.at(-1) ?? '');
  }

  async function cancelled({ environment, result }: ReturnType<typeof runAwait>) {
    environment.cancel('CANCELLED');
    await expect(result).rejects.toMatchObject({ message: 'CANCELLED' });
  }

  const forbidden = answer(403, { detail: 'no' });

  test('of a second job shows that the key is refused', async () => {
    const run = await readInTurn({ job_1: forbidden, job_2: forbidden });
    const fault = await catchFault(run.result);
    expect(fault).toMatchObject({ code: 'UNAUTHENTICATED', origin: 'read', jobId: 'job_2' });
    expect(fault.message).toContain('HTTP 403');
  });

  test('of a second job shows nothing where another one was read between', async () => {
    const run = await readInTurn({ job_1: forbidden, job_2: answer(200, { status: 'processing' }), job_3: forbidden });
    await until('it is read on', () => (run.heartbeats.at(-1) as { trouble?: string } | undefined)?.trouble);
    await cancelled(run);
  });
});

test('the status of a job is read within a minute, whatever Retry-After asks for', async () => {
  const front = await provider(answer(503, '', { 'retry-after': '86400' }));
  const waits: number[] = [];
  const { setTimeout: sleep } = timers;
  const sleeping = jest.spyOn(timers, 'setTimeout').mockImplementation((ms = 0, value, how) => {
    waits.push(ms);
    return sleep(Math.min(ms, 20), value, how);
  });
  try {
    const input = awaitInput('job_1', { deadlineAt: Date.now() + 86_400_000, jobTimeBudgetMs: 86_400_000 });
    const run = runAwait(hurried(front.url), input);
    await until('it was read', () => waits.some((ms) => ms >= 60_000));
    run.environment.cancel('CANCELLED');
    await expect(run.result).rejects.toMatchObject({ message: 'CANCELLED' });
    expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
  } finally {
    sleeping.mockRestore();
  }
});

describe('clocks', () => {
  const unfinished = answer(200, { status: 'processing' });

  test.each([
    ['an hour ahead', 3_600_000],
    ['an hour behind', -3_600_000],
  ])('a worker whose clock is %s judges neither the age of a job nor its deadline by it', async (_name, skewMs) => {
    const front = await provider((response, request) => {
      const handle =
        front.requests.length < 4 ? unfinished : answer(200, { status: 'failed', failure_reason_code: 'TIMEOUT' });
      handle(response, request);
    });
    const options = { ...hurried(front.url), now: () => Date.now() + skewMs };
    const fault = await catchFault(runAwait(options, awaitInput('job_1')).result);
    expect(fault).toMatchObject({ code: 'TIMEOUT', origin: 'job' });
  });

  test('the age of a job grows over attempts by the times of the server', async () => {
    const front = await provider(unfinished);
    const input = awaitInput('job_1');
    const later = { currentAttemptScheduledTimestampMs: input.job.acceptedAt + input.jobTimeBudgetMs + 1 };
    const late = { ...input, deadlineAt: input.deadlineAt + 3_600_000 };
    expect(await catchFault(runAwait(hurried(front.url), late, later).result)).toMatchObject({ code: 'JOB_OVERDUE' });
    expect(front.requests).toHaveLength(1);
  });
});
