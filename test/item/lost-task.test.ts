/** A task of `submitJob` that no worker received, as when its worker stops while Temporal hands it over, is submitted again. */
import { status } from '@grpc/grpc-js';
import { isGrpcServiceError } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { TASK_QUEUE } from '../../workflows/messages';
import { jobsByKey, startBatch } from '../batch/batch-fixtures';
import { findJobs, start } from '../support/images';
import { quiet } from '../support/quiet';
import { type Rig, startRig } from '../support/rig';
import { testWorkflowCode } from '../support/workflow-code';

const POLLERS = 10;
const POLL_MS = 3_000;
const ROWS = 30;

let rig: Rig;

beforeAll(async () => {
  quiet();
  rig = await startRig({ worker: false });
});
afterAll(() => rig.close());

/** Takes the task of one activity, as a worker would; `null` if none comes in time. */
async function takeTask() {
  const { temporal } = rig.client;
  const request = { namespace: rig.server.namespace, taskQueue: { name: TASK_QUEUE }, identity: 'thief' };
  const poll = () => temporal.workflowService.pollActivityTaskQueue(request);
  const task = await temporal
    .withDeadline(Date.now() + POLL_MS, poll)
    .catch((error: unknown) => ignore(error, status.DEADLINE_EXCEEDED));
  return task === null || task.taskToken.length === 0 ? null : task;
}

function ignore(error: unknown, code: status): null {
  if (isGrpcServiceError(error) && error.code === code) return null;
  throw error;
}

/** The server offers it again. It may have been given up meanwhile. */
async function giveBack(taskToken: Uint8Array): Promise<void> {
  const failure = { message: 'not mine', applicationFailureInfo: { type: 'GIVEN_BACK' } };
  await rig.client.temporal.workflowService
    .respondActivityTaskFailed({ namespace: rig.server.namespace, taskToken, failure })
    .catch((error: unknown) => ignore(error, status.NOT_FOUND));
}

/** Takes tasks beside the worker until one is a submission, and never answers for that one. */
async function loseOne(loss: { isDone: boolean }): Promise<void> {
  while (!loss.isDone) {
    const task = await takeTask();
    if (task === null) continue;
    if (task.activityType?.name === 'submitJob' && !loss.isDone) loss.isDone = true;
    else await giveBack(task.taskToken);
  }
}

/** A worker that runs workflows, but no activities. */
async function startWorkflowWorker(): Promise<() => Promise<void>> {
  const connection = await NativeConnection.connect({ address: rig.server.address });
  const { code } = await testWorkflowCode(false);
  const worker = await Worker.create({
    connection,
    namespace: rig.server.namespace,
    taskQueue: TASK_QUEUE,
    ...code,
  });
  const stopped = worker.run();
  return async () => {
    worker.shutdown();
    await stopped;
    await connection.close();
  };
}

test('of a single item', async () => {
  const stopWorkflows = await startWorkflowWorker();
  const item = await start(rig.client, 'single');
  await loseOne({ isDone: false });
  await rig.startWorker();
  await stopWorkflows();
  const { outcome, submissions } = await item.report();
  expect({ outcome, submissions: submissions.length }).toEqual({ outcome: 'succeeded', submissions: 1 });
  expect(findJobs(rig, 'single')).toHaveLength(1);
});

test('of a batch', async () => {
  const loss = { isDone: false };
  // More rows than Temporal gives to the worker that scheduled them; the others are offered to everybody.
  const polls = Array.from({ length: POLLERS }, () => loseOne(loss));
  const batch = await startBatch(rig, 'batch', ROWS, { pageSize: ROWS, concurrency: ROWS });
  const { counts, submissions, possibleDuplicates } = await batch.result();
  expect(loss.isDone).toBe(true);
  await Promise.all(polls);
  expect(counts).toMatchObject({ total: ROWS, succeeded: ROWS, unknown: 0 });
  expect({ submissions, possibleDuplicates }).toEqual({ submissions: ROWS, possibleDuplicates: 0 });
  expect([...jobsByKey(rig, 'batch')].filter(([, jobs]) => jobs.length !== 1)).toEqual([]);
});
