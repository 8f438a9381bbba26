/** Workflows of a batch that continue as new every few dozen events: no outcome and no order is lost on the way. */
import type { BatchHandle, BatchStatus } from '../../client';
import { WorkerMissingError } from '../../connection/errors';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import {
  accepted,
  formatKey,
  inFlight,
  jobsByKey,
  listResults,
  pickCounts,
  startBatch,
  sumOfCounts,
} from './batch-fixtures';

const JOB_MS = 200;

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: JOB_MS, sigma: 0.4 } }, fewEvents: 'few' });
});
afterAll(() => rig.close());

async function fetchRunId(id: string): Promise<string> {
  const { runId } = await rig.client.temporal.workflow.getHandle(id).describe();
  return runId;
}

/** Whether the workflow has continued as new since it was at `runId`. */
const isAnew = async (id: string, runId: string) => (await fetchRunId(id)) !== runId;
const toPageId = (id: string) => `${id}/page-000000`;

async function firstPageRun(id: string): Promise<string> {
  return until('the first page is there', () => fetchRunId(toPageId(id)).catch(() => null));
}

/** Workers that replay everything, on a busy machine, may answer too late once in a while. */
function lookAt(batch: BatchHandle): Promise<BatchStatus | null> {
  return batch.status().catch((error: unknown) => {
    if (error instanceof WorkerMissingError) return null;
    throw error;
  });
}

test('a batch whose coordinator and pages continued as new counts and lists every item once, at every look', async () => {
  const [id, items] = ['anew', 60];
  const asking = (number: number) =>
    number % 10 === 3 ? '{{INPUT_INVALID}}' : number % 10 === 5 ? '{{MODEL_ERROR x2}}' : '';
  const batch = await startBatch(rig, id, items, { asking, concurrency: 8, pageSize: 20 });
  const first = { batch: await fetchRunId(id), page: await firstPageRun(id) };
  const sums: number[] = [];
  const last = await until('it has ended', async () => {
    const status = await lookAt(batch);
    if (status !== null) sums.push(sumOfCounts(status));
    return status === null || status.finishedAt === null ? null : status;
  });
  expect([await isAnew(id, first.batch), await isAnew(toPageId(id), first.page)]).toEqual([true, true]);
  expect(sums.filter((sum) => sum !== items)).toEqual([]);
  expect(pickCounts(last)).toEqual({ succeeded: 54, failed: 6 });
  expect(last.failures).toEqual({ INPUT_INVALID: 6 });
  const lines = await listResults(rig, id);
  expect(lines.map(({ key }) => key)).toEqual(Array.from({ length: items }, (_, number) => formatKey(number)));
  const jobs = jobsByKey(rig, id);
  const charged = lines.map(({ key }) => (jobs.get(key) ?? []).filter((job) => job.charged).length);
  expect(charged).toEqual(lines.map(({ outcome }) => (outcome === 'succeeded' ? 1 : 0)));
  expect(rig.emulator.ledger().maxInFlight).toBeLessThanOrEqual(8);
});

test('a page that continues as new while the batch is paused stays paused, and continues after the resume', async () => {
  const [id, items] = ['anew-paused', 24];
  const batch = await startBatch(rig, id, items, { concurrency: 8, pageSize: 24 });
  const run = await firstPageRun(id);
  await until('jobs are in flight', () => inFlight(rig, id) > 0);
  await batch.pause();
  await until('the page has begun anew and knows its items', async () => {
    return (await isAnew(toPageId(id), run)) && (await batch.status()).counts.running === 0;
  });
  const paid = accepted(rig, id);
  expect(paid).toBeLessThan(items);
  const seenAt = Date.now();
  await until('several times the time of a job has passed', () => Date.now() > seenAt + 5 * JOB_MS);
  expect(accepted(rig, id)).toBe(paid);
  await batch.resume();
  expect(pickCounts(await batch.result())).toEqual({ succeeded: items });
});

test('a coordinator that continues as new when it is told to pause has told its pages', async () => {
  for (const attempt of [1, 2, 3]) {
    const id = `anew-told-${attempt}`;
    const batch = await startBatch(rig, id, 40, { concurrency: 6, pageSize: 10 });
    const first = await fetchRunId(id);
    await until('it has begun anew once', () => isAnew(id, first));
    await batch.pause();
    await until('nothing runs', async () => (await batch.status()).counts.running === 0);
    const [paid, seenAt] = [accepted(rig, id), Date.now()];
    await until('several times the time of a job has passed', () => Date.now() > seenAt + 3 * JOB_MS);
    expect(accepted(rig, id)).toBe(paid);
    await batch.cancel();
    const last = await batch.result();
    expect(sumOfCounts(last)).toBe(40);
    expect(last.counts.succeeded).toBe(paid);
    expect(await listResults(rig, id)).toHaveLength(40);
  }
});
