/** An accepted job is reported to Temporal by `submitJob` itself, and kept in the store where that fails. */
import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities, FilesystemStore, isReported } from '../../../activities';
import { StoreUnavailable } from '../../../activities/store/result-store';
import { pageWorkflowId } from '../../../workflows/domain/batch/batch-ids';
import type { SubmitJobInput } from '../../../workflows/domain/item/activity-contract';
import { apiThat, SUBMIT_INFO, submitClient, submitInput } from '../../support/activity';
import { tempFolder } from '../../support/temp-folder';
import { until } from '../../support/until';

const JOB = 'job_1';
const PART = { batchId: 'b1', part: 3, rowsHash: 'a0' };
const ROW = { ...PART, index: 0, pageRun: 'page-run' };
const PAGE = pageWorkflowId('b1', 3);
const LOST = { key: 'item-1', run: 'run-1', submission: 2 };

let store: FilesystemStore;

beforeEach(async () => {
  store = new FilesystemStore(tempFolder());
  const request = { prompt: 'a prompt that is not logged', width: 32, height: 32 };
  await store.batches.writePart(PART, [{ key: LOST.key, operation: 'generate/image', request }]);
  await store.batches.beginPart(PART.batchId, PART.part, ROW.pageRun, null);
});

const named = (name: string) => Object.assign(new Error(name), { name });
const isAway = () => Promise.reject(named('ActivityCompletionError'));
const hasGivenUp = () => Promise.reject(named('ActivityNotFoundError'));

/** What Temporal answers to the report of the job, and to the signal to its workflow. */
interface Temporal {
  readonly complete: () => Promise<unknown>;
  readonly signal?: () => Promise<void>;
}

function rowInput(more: Partial<SubmitJobInput> = {}): SubmitJobInput {
  const { request: _inStore, ...input } = submitInput({ ...LOST, callbackTo: PAGE, ...more });
  return { ...input, row: ROW };
}

function submit({ complete, signal = async () => undefined }: Temporal, input = rowInput()) {
  const logged: unknown[] = [];
  const signals = jest.fn(async (..._given: unknown[]) => signal());
  const calls = submitClient();
  const client = {
    ...calls,
    activity: { ...calls.activity, complete },
    workflow: { getHandle: (id: string) => ({ signal: (...given: unknown[]) => signals(id, ...given) }) },
  } as unknown as Client;
  const logger = new DefaultLogger('WARN', ({ message, meta }) => logged.push({ message, ...meta }));
  const environment = new MockActivityEnvironment(SUBMIT_INFO, { client, logger });
  const api = apiThat(async () => ({ kind: 'accepted', jobId: JOB, estimatedMs: null }));
  const activities = createActivities({ api, store });
  const result = environment.run(activities.submitJob, input);
  const find = () => environment.run(activities.findUnreportedJob, { ...LOST, row: ROW });
  return { result, environment, signals, logged, find };
}

test('a job that Temporal takes is neither recorded nor reported again', async () => {
  const { result, find, logged } = submit({ complete: async () => undefined });
  expect(isReported(await result)).toBe(true);
  expect(await find()).toBeNull();
  expect(logged).toEqual([]);
});

test('while Temporal is away the job is recorded, and reported as soon as it answers', async () => {
  let isBack = false;
  const { result, find, signals, logged } = submit({ complete: () => (isBack ? Promise.resolve() : isAway()) });
  await until('it is recorded', async () => (await find()) === JOB);
  isBack = true;
  expect(isReported(await result)).toBe(true);
  expect(signals).not.toHaveBeenCalled();
  expect(logged).toMatchObject([{ item: LOST.key, submission: 2, job: JOB }]);
  expect(JSON.stringify(logged)).not.toContain('prompt');
});

test('if Temporal has given up on the attempt, the workflow is told as by a callback', async () => {
  const { result, find, signals } = submit({ complete: hasGivenUp });
  expect(isReported(await result)).toBe(true);
  const { run, key, submission } = LOST;
  const callback = { run, key, submission, jobId: JOB, status: null };
  expect(signals.mock.calls).toEqual([[PAGE, 'jobCallback', callback]]);
  expect(await find()).toBe(JOB);
});

test('a workflow that has ended is not told again and again', async () => {
  const { result, find, signals } = submit({
    complete: hasGivenUp,
    signal: () => Promise.reject(named('WorkflowNotFoundError')),
  });
  await result;
  expect(signals).toHaveBeenCalledTimes(1);
  expect(await find()).toBe(JOB);
});

test('a worker that stops while Temporal is away has recorded the job, and leaves the report to the SDK', async () => {
  const { result, environment, find } = submit({ complete: isAway });
  await until('it is recorded', async () => (await find()) === JOB);
  environment.cancel('WORKER_SHUTDOWN');
  const job = await result;
  expect(job).toMatchObject({ jobId: JOB });
  expect(isReported(job)).toBe(false);
});

test('a store that is away, too, is tried until it answers', async () => {
  const { batches } = store;
  const record = batches.recordUnreported.bind(batches);
  jest
    .spyOn(batches, 'recordUnreported')
    .mockRejectedValueOnce(new StoreUnavailable('full'))
    .mockImplementation(record);
  const { environment, result, find } = submit({ complete: isAway });
  await until('it is recorded', async () => (await find()) === JOB);
  environment.cancel('WORKER_SHUTDOWN');
  await result;
});

test('a record of another run or submission tells nothing', async () => {
  await submit({ complete: hasGivenUp }).result;
  const { environment } = submit({ complete: async () => undefined });
  const { findUnreportedJob } = createActivities({ api: apiThat(jest.fn()), store });
  for (const other of [{ run: 'run-2' }, { submission: 1 }, { key: 'item-2' }, { row: { ...ROW, part: 4 } }])
    expect(await environment.run(findUnreportedJob, { ...LOST, row: ROW, ...other })).toBeNull();
});

test('the job of a single item is found in its journal, for its own call only', async () => {
  const single = submitInput({ journal: { call: 2 } });
  await submit({ complete: hasGivenUp }, single).result;
  const { environment } = submit({ complete: async () => undefined });
  const { findUnreportedJob } = createActivities({ api: apiThat(jest.fn()), store });
  const { key, run, submission } = single;
  const find = (call: number) => environment.run(findUnreportedJob, { key, run, submission, journal: { call } });
  expect([await find(2), await find(1), await find(3)]).toEqual([JOB, null, null]);
});
