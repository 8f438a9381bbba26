/** Outcomes that no published code names: lost answers, deadlines, and workflows that somebody started by hand. */
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { SubmitFault } from '../../emulator';
import { TASK_QUEUE } from '../../workflows/messages';
import { catchError, findJobs, SMALL, scriptFor, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

test.each<[SubmitFault, number]>([
  ['reset-before-accept', 0],
  ['reset-after-accept', 1],
  ['garbage', 1],
  ['half-body', 1],
  ['no-job-id', 1],
])('a submission that ends by %s ends unknown and is never sent again', async (fault, accepted) => {
  scriptFor(rig, `unknown-${fault}`, { on: 'submit', fault });
  const submitsBefore = rig.emulator.ledger().submits;
  // Each of an account of its own, since several lost answers in a row hold the account.
  const client = await rig.clientOf(`unknown-${fault}`);
  const error = await catchError(await start(client, `unknown-${fault}`));
  expect(error).toMatchObject({ code: 'SUBMIT_OUTCOME_UNKNOWN', outcome: 'unknown', retryable: false, jobId: null });
  expect(error.submissions).toMatchObject([{ number: 1, jobId: null, code: 'SUBMIT_OUTCOME_UNKNOWN' }]);
  expect(rig.emulator.ledger().submits - submitsBefore).toBe(1);
  expect(findJobs(rig, `unknown-${fault}`)).toHaveLength(accepted);
});

test('a deadline ends an image whose job does not, and names the job', async () => {
  scriptFor(rig, 'deadline-job', { never: true });
  const error = await catchError(await start(rig.client, 'deadline-job', { deadlineMs: 1_500 }));
  const [job] = findJobs(rig, 'deadline-job');
  expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'unknown', jobId: job?.jobId });
});

test('a deadline ends an image that is refused again and again, and says why it was refused', async () => {
  scriptFor(rig, 'deadline-refused', { status: 429, headers: { 'retry-after': '2' } });
  // Of an account of its own, since a limit that is met slows down all images of the account.
  const client = await rig.clientOf('deadline-refused');
  const error = await catchError(await start(client, 'deadline-refused', { deadlineMs: 1_500 }));
  expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', outcome: 'failed', jobId: null });
  expect(error.message).toContain('RATE_LIMIT_EXCEEDED');
});

test('a job that is overdue ends the image and is not paid for again', async () => {
  scriptFor(rig, 'overdue', { never: true });
  const error = await catchError(await start(rig.client, 'overdue', { jobTimeBudgetMs: 500 }));
  expect(error).toMatchObject({ code: 'JOB_OVERDUE', outcome: 'unknown', jobId: findJobs(rig, 'overdue')[0]?.jobId });
  expect(findJobs(rig, 'overdue')).toHaveLength(1);
});

test('a fault of the provider between acceptance and result costs no second submission', async () => {
  scriptFor(rig, 'bumpy', { on: 'status', status: 503 }, 1);
  scriptFor(rig, 'bumpy', { on: 'result', fault: 'html-200' }, 1);
  const report = await (await start(rig.client, 'bumpy')).result();
  expect(report.submissions).toHaveLength(1);
  expect(report.result?.sha256).toBe(findJobs(rig, 'bumpy')[0]?.resultSha256);
});

test('the status of an image that waits for its job shows what the job is doing', async () => {
  scriptFor(rig, 'shown', { never: true });
  const handle = await start(rig.client, 'shown');
  const status = await until('its job was read', async () => {
    const seen = await handle.status();
    return seen.jobState === 'processing' ? seen : null;
  });
  const [job] = findJobs(rig, 'shown');
  expect(status).toEqual({
    id: 'shown',
    operation: 'generate/image',
    state: 'running',
    submission: 1,
    jobId: job?.jobId,
    jobState: 'processing',
    progress: 0,
    attempt: 1,
    lastCode: null,
    trouble: null,
    nextRetryAt: null,
    submissions: [expect.objectContaining({ number: 1, jobId: job?.jobId, code: null })],
    cancelRequested: false,
    workerAnswers: true,
  });
  await handle.cancel();
});

test('the status of an image that waits to be submitted again shows the code, and the account why', async () => {
  scriptFor(rig, 'throttled', { status: 429, headers: { 'retry-after': '60' } });
  const client = await rig.clientOf('throttled');
  const handle = await start(client, 'throttled');
  const status = await until('it was refused', async () => {
    const seen = await handle.status();
    return seen.lastCode === null ? null : seen;
  });
  expect(status).toMatchObject({ state: 'waiting', jobId: null, lastCode: 'RATE_LIMIT_EXCEEDED' });
  expect((await client.account().status()).decisions.at(-1)?.words).toContain('rest of 60 s');
  await handle.cancel();
});

test.each([
  ['without anything', 'by-hand-nothing', [], 'request is missing'],
  ['with an unknown operation', 'by-hand-operation', [{ operation: 'paint', request: SMALL }], 'operation is "paint"'],
  ['under an id that cannot name a file', 'by hand/../x', [{ request: SMALL }], 'cannot name a file'],
])(
  'a workflow started by hand %s fails with words, before anything is submitted',
  async (_name, workflowId, args, words) => {
    const submitsBefore = rig.emulator.ledger().submits;
    const run = rig.client.temporal.workflow.execute('imagePipelineItem', { workflowId, taskQueue: TASK_QUEUE, args });
    const error: unknown = await run.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    const { cause } = error as WorkflowFailedError;
    expect(cause).toBeInstanceOf(ApplicationFailure);
    expect(cause).toMatchObject({ type: 'INPUT_INVALID', message: expect.stringContaining(words) });
    expect(rig.emulator.ledger().submits).toBe(submitsBefore);
  },
);
