/** Paid jobs whose status cannot be read: each is read on, waits with its reason, and is lost by nobody. */
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { as, untilAccount } from '../account/accounts';
import { formatKey, jobsByKey, listResults, pickCounts, startBatch, untilStatus } from '../batch/batch-fixtures';
import { BatchCli } from '../cli/batch-cli';
import { catchError, findJobs, scriptFor, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterEach(() => rig.emulator.clearScripts());
afterAll(() => rig.close());

test('a status that answers 404 while the job runs ends nothing, and is shown with its beginning', async () => {
  scriptFor(rig, 'hidden', { jobMs: 500 });
  scriptFor(rig, 'hidden', { on: 'status', status: 404 });
  const image = await start(rig.client, 'hidden');
  const { trouble } = await until('its trouble is shown', async () => {
    const status = await image.status();
    return status.trouble === null ? null : status;
  });
  expect(trouble).toMatch(/^status unreadable since \d{4}-.+Z: HTTP 404$/);
  rig.emulator.clearScripts();
  expect((await image.result()).result.sha256).toBe(findJobs(rig, 'hidden')[0]?.resultSha256);
});

test('a job that could not be read until its time was over is unknown, and says how it is fetched', async () => {
  scriptFor(rig, 'unread', { on: 'status', status: 404 });
  const error = await catchError(await start(rig.client, 'unread', { jobTimeBudgetMs: 500 }));
  const [job] = findJobs(rig, 'unread');
  expect(error).toMatchObject({ code: 'JOB_NOT_FOUND', outcome: 'unknown', jobId: job?.jobId });
  expect(error.remedy).toContain(`"imagepipeline rescue ${job?.jobId} --id unread"`);
  expect(findJobs(rig, 'unread')).toHaveLength(1);
});

test('a key that is refused while a job is read holds the account, and the image waits until it is right again', async () => {
  const own = await as(rig, 'refused-key');
  scriptFor(rig, 'refused-key', { on: 'status', status: 401 });
  const image = await start(own.client, 'refused-key', { jobTimeBudgetMs: 500 });
  await untilAccount('it is held', own, ({ hold }) => hold?.code === 'UNAUTHENTICATED');
  expect(await image.status()).toMatchObject({ state: 'running' });
  rig.emulator.clearScripts();
  expect((await image.result()).submissions).toMatchObject([{ number: 1, code: null }]);
  expect(findJobs(rig, 'refused-key')).toHaveLength(1);
});

test('HTTP 403 for a second image holds the account too, and both images wait', async () => {
  const own = await as(rig, 'forbidden-reads');
  const names = ['forbidden-read-1', 'forbidden-read-2'];
  for (const name of names) scriptFor(rig, name, { on: 'status', status: 403 });
  const [first, second] = await Promise.all(names.map((name) => start(own.client, name, { jobTimeBudgetMs: 500 })));
  await untilAccount('it is held', own, ({ hold }) => hold?.code === 'UNAUTHENTICATED');
  expect([await first?.status(), await second?.status()]).toMatchObject([{ state: 'running' }, { state: 'running' }]);
  rig.emulator.clearScripts();
  for (const image of [first, second]) expect((await image?.result())?.submissions).toMatchObject([{ code: null }]);
  expect(names.map((name) => findJobs(rig, name).length)).toEqual([1, 1]);
});

test('HTTP 403 for the items of a batch holds the account, and all are made when the key is right again', async () => {
  const [own, id] = [await as(rig, 'forbidden-batch'), 'forbidden-batch'];
  rig.emulator.script({ then: { on: 'status', status: 403 } });
  const batch = await startBatch(own, id, 4);
  await untilAccount('it is held', own, ({ hold }) => hold?.code === 'UNAUTHENTICATED');
  const held = await untilStatus('it is paused', batch, ({ state }) => state === 'paused');
  expect(held).toMatchObject({ pausedBy: 'account', counts: { failed: 0, unknown: 0 } });
  rig.emulator.clearScripts();
  await own.client.account().resume();
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 4 });
  expect([...jobsByKey(rig, id).values()].map(({ length }) => length)).toEqual([1, 1, 1, 1]);
});

test('a job that the provider has cancelled ends its image as cancelled, by a failure with that code', async () => {
  scriptFor(rig, 'called-off', { failJob: 'CANCELLED', retryable: true });
  const image = await start(rig.client, 'called-off');
  const error = await catchError(image);
  expect(error).toMatchObject({ code: 'CANCELLED', outcome: 'cancelled', retryable: false });
  expect(error.message).toContain('by the provider');
  const failure: unknown = await rig.client.temporal.workflow.result('called-off').catch((reason: unknown) => reason);
  expect(failure).toBeInstanceOf(WorkflowFailedError);
  const { cause } = failure as WorkflowFailedError;
  expect(cause).toBeInstanceOf(ApplicationFailure);
  expect(cause).toMatchObject({ type: 'CANCELLED' });
  expect(findJobs(rig, 'called-off')).toHaveLength(1);
});

test('jobs of a batch that could not be read in their time are unknown with their ids, and are fetched for nothing', async () => {
  const [id, items] = ['slow-and-hidden', 6];
  rig.emulator.script({ then: { jobMs: 4_000 } });
  rig.emulator.script({ times: 1, then: { on: 'status', status: 400 } });
  rig.emulator.script({ times: 6, then: { on: 'status', status: 404 } });
  const settings = { items: { deadlineMs: 3_600_000, jobTimeBudgetMs: 1_500 } };
  const last = await (await startBatch(rig, id, items, settings)).result();
  expect(pickCounts(last)).toEqual({ unknown: items });
  const lines = await listResults(rig, id);
  const codes = ['JOB_NOT_FOUND', 'JOB_OVERDUE', 'RESPONSE_INVALID'];
  expect(lines.filter(({ code }) => !codes.includes(code ?? ''))).toEqual([]);
  const jobs = jobsByKey(rig, id);
  expect(lines.map(({ jobId }) => jobId)).toEqual(lines.map(({ key }) => jobs.get(key)?.[0]?.jobId));
  await until('all jobs have ended', () => rig.emulator.ledger().jobs.every(({ endedAt }) => endedAt !== null));
  rig.emulator.clearScripts();
  const { code } = await new BatchCli(rig).run('rescue', '--batch', id);
  expect(code).toBe(0);
  expect((await listResults(rig, id)).filter(({ outcome }) => outcome !== 'succeeded')).toEqual([]);
  expect([...jobsByKey(rig, id).values()].filter((made) => made.length !== 1)).toEqual([]);
});

test('the status of a batch counts the jobs that cannot be read, by what was met', async () => {
  const id = 'hidden-in-a-batch';
  rig.emulator.script({ match: { promptIncludes: formatKey(1) }, then: { on: 'status', status: 403 } });
  const batch = await startBatch(rig, id, 3);
  const status = await untilStatus('it is counted', batch, ({ unreadable }) => unreadable['HTTP 403'] === 1);
  expect(status.counts).toMatchObject({ running: 1, succeeded: 2 });
  rig.emulator.clearScripts();
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 3 });
});

test('a batch that is cancelled while the key is refused ends when the time of its jobs is over, with them unknown', async () => {
  const own = await as(rig, 'cancelled-while-refused');
  const id = 'cancelled-while-refused';
  rig.emulator.script({ then: { on: 'status', status: 401 } });
  const items = { deadlineMs: 3_600_000, jobTimeBudgetMs: 3_000 };
  const batch = await startBatch(own, id, 2, { items });
  await untilAccount('it is held', own, ({ hold }) => hold?.code === 'UNAUTHENTICATED');
  await untilStatus('its jobs wait', batch, ({ state, counts }) => state === 'paused' && counts.waiting === 2);
  await batch.cancel();
  expect(pickCounts(await batch.result())).toEqual({ unknown: 2 });
  const lines = await listResults(own, id);
  expect(lines.map(({ code, jobId }) => [code, jobId !== null])).toEqual(lines.map(() => ['JOB_OVERDUE', true]));
});

test('a batch that is cancelled while the key is refused keeps the results of its jobs if the key is right in their time', async () => {
  const own = await as(rig, 'cancelled-and-read');
  const id = 'cancelled-and-read';
  rig.emulator.script({ then: { on: 'status', status: 401 } });
  const batch = await startBatch(own, id, 2);
  await untilAccount('it is held', own, ({ hold }) => hold?.code === 'UNAUTHENTICATED');
  await untilStatus('its jobs wait', batch, ({ state, counts }) => state === 'paused' && counts.waiting === 2);
  await batch.cancel();
  rig.emulator.clearScripts();
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 2 });
});
