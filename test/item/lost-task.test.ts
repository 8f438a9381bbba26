/** A task of `submitJob` that no worker received, as when its worker stops while Temporal hands it over, is submitted again. */
import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { isGrpcServiceError } from '@temporalio/client';
import type { ItemReport } from '../../workflows/domain/item/item';
import { jobsByKey, startBatch } from '../batch/batch-fixtures';
import { findJobs, scriptFor, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';

const POLLERS = 10;
const POLL_MS = 3_000;
/** The first task of each is lost. */
const KINDS = ['single', 'batch'] as const;
const MAX_SINGLE_ITEMS = 30;
const ROWS = 30;
type Kind = (typeof KINDS)[number];

let rig: Rig;
const lost = new Set<Kind>();
const thief = new AbortController();
const polls: Promise<void>[] = [];

beforeAll(async () => {
  rig = await startRig();
  for (let number = 0; number < POLLERS; number += 1) polls.push(loseTasks());
});
afterAll(async () => {
  thief.abort();
  await Promise.all(polls);
  await rig.close();
});

/** Polls for activities beside the worker, and never answers for the first submission of each kind. */
async function loseTasks(): Promise<void> {
  const { temporal } = rig.client;
  const { namespace } = rig.server;
  const taskQueue = { name: 'imagepipeline' };
  const identity = `thief-${randomUUID()}`;
  const poll = () => temporal.workflowService.pollActivityTaskQueue({ namespace, taskQueue, identity });
  while (!thief.signal.aborted && lost.size < KINDS.length) {
    const task = await temporal.withDeadline(Date.now() + POLL_MS, poll).catch(ignoreDeadline);
    if (task === null || task.taskToken.length === 0) continue;
    const id = task.workflowExecution?.workflowId ?? '';
    const kind = KINDS.find((one) => id.startsWith(one));
    if (task.activityType?.name === 'submitJob' && kind !== undefined && !lost.has(kind)) lost.add(kind);
    else await giveBack(task.taskToken);
  }
}

/** No task came in time. */
function ignoreDeadline(error: unknown): null {
  if (isGrpcServiceError(error) && error.code === status.DEADLINE_EXCEEDED) return null;
  throw error;
}

async function giveBack(taskToken: Uint8Array): Promise<void> {
  const { temporal } = rig.client;
  const failure = { message: 'not mine', applicationFailureInfo: { type: 'GIVEN_BACK' } };
  await temporal.workflowService.respondActivityTaskFailed({ namespace: rig.server.namespace, taskToken, failure });
}

/** One after the other, until a task of one is lost. */
async function runSingleItems() {
  const reports = new Map<string, ItemReport>();
  while (!lost.has('single') && reports.size < MAX_SINGLE_ITEMS) {
    const id = `single-${reports.size}`;
    // Temporal gives the first attempt to the worker that scheduled it, and offers only later ones to every worker.
    scriptFor(rig, id, { status: 503, body: { error_code: 'MODEL_UNAVAILABLE' } }, 1);
    const item = await start(rig.client, id);
    reports.set(id, await item.report());
  }
  return reports;
}

async function runBatch() {
  const batch = await startBatch(rig, 'batch', ROWS, { pageSize: ROWS, concurrency: ROWS });
  return batch.result();
}

test('of single items and of a batch', async () => {
  // Together, because both wait for a heartbeat timeout.
  const [reports, { counts, submissions, possibleDuplicates }] = await Promise.all([runSingleItems(), runBatch()]);
  expect([...lost].sort()).toEqual(['batch', 'single']);
  for (const [id, { outcome }] of reports) {
    expect({ id, outcome, jobs: findJobs(rig, id).length }).toEqual({ id, outcome: 'succeeded', jobs: 1 });
  }
  expect(counts).toMatchObject({ total: ROWS, succeeded: ROWS, unknown: 0 });
  expect({ submissions, possibleDuplicates }).toEqual({ submissions: ROWS, possibleDuplicates: 0 });
  expect([...jobsByKey(rig, 'batch')].filter(([, jobs]) => jobs.length !== 1)).toEqual([]);
});
