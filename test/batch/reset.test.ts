/** An operator resets a workflow of a batch: the store remembers what has ended, and nothing is submitted twice. */
import { randomUUID } from 'node:crypto';
import type { BatchHandle } from '../../client';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import { readHistory } from '../support/history';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { formatKey, inFlight, jobsByKey, listResults, pickCounts, scriptFor, startBatch } from './batch-fixtures';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

/** Repeats a workflow from the end of one of its workflow tasks, counted from 1; returns the id of the new run. */
async function reset(workflowId: string, task: number): Promise<string> {
  const { events } = await readHistory(rig, workflowId);
  const ends = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
  const { temporal } = rig.client;
  const { runId } = await temporal.workflow.getHandle(workflowId).describe();
  const answer = await temporal.workflowService.resetWorkflowExecution({
    namespace: rig.server.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'by an operator',
    requestId: randomUUID(),
    workflowTaskFinishEventId: ends[task - 1]?.eventId ?? null,
  });
  return answer.runId;
}

/** Keys with more than one job. */
function paidTwice(id: string): readonly string[] {
  return [...jobsByKey(rig, id)].filter(([, jobs]) => jobs.length > 1).map(([key]) => key);
}

async function awaitEnd(batch: BatchHandle) {
  const last = await batch.result();
  const lines = await listResults(rig, batch.id);
  return { last, lines };
}

test('a coordinator that had ended takes every item as it has ended', async () => {
  const id = 'reset-ended';
  const asking = (number: number) => (number === 2 ? '{{INPUT_INVALID}}' : '');
  const batch = await startBatch(rig, id, 6, { pageSize: 3, asking });
  await batch.result();
  const before = await listResults(rig, id);
  const runId = await reset(id, 1);
  const again = await until('it has ended again', async () => {
    const { runId: now, status } = await rig.client.temporal.workflow.getHandle(id).describe();
    return now === runId && status.name === 'COMPLETED' ? await batch.status() : null;
  });
  expect(pickCounts(again)).toEqual({ succeeded: 5, failed: 1 });
  expect(again).toMatchObject({ submissions: 6, possibleDuplicates: 0 });
  expect(paidTwice(id)).toEqual([]);
  expect(await listResults(rig, id)).toEqual(before);
});

test('a coordinator that runs submits nothing twice, and no item is in the dark', async () => {
  const id = 'reset-running';
  for (const number of [0, 1, 2]) scriptFor(rig, id, formatKey(number), { jobMs: 3_000 });
  const batch = await startBatch(rig, id, 9, { pageSize: 3, concurrency: 3 });
  await until('jobs of the first page are in flight', () => inFlight(rig, id) === 3);
  await reset(id, 1);
  const { last, lines } = await awaitEnd(batch);
  expect(paidTwice(id)).toEqual([]);
  expect(lines).toHaveLength(9);
  expect(lines.slice(3).map(({ outcome }) => outcome)).toEqual(Array(6).fill('succeeded'));
  for (const { outcome } of lines.slice(0, 3)) expect(['succeeded', 'unknown']).toContain(outcome);
  expect(last).toMatchObject({ state: 'completed', counts: { total: 9, waiting: 0, running: 0, retrying: 0 } });
});

test.each<[string, number, boolean]>([
  ['before it was loaded', 1, false],
  ['before it submitted', 2, false],
  ['before its items had workflows', 2, true],
])(
  'a page that is reset to a point %s submits nothing that its first run may have',
  async (_when, task, isPerImage) => {
    const id = `reset-page-${task}${isPerImage ? '-per-image' : ''}`;
    for (const number of [0, 1, 2]) scriptFor(rig, id, formatKey(number), { jobMs: 3_000 });
    const batch = await startBatch(rig, id, 6, { pageSize: 6, concurrency: 3, workflowPerImage: isPerImage });
    await until('jobs are in flight', () => inFlight(rig, id) === 3);
    await reset(pageWorkflowId(id, 0), task);
    const { last, lines } = await awaitEnd(batch);
    expect(paidTwice(id)).toEqual([]);
    expect(lines.map(({ key }) => key)).toEqual([0, 1, 2, 3, 4, 5].map(formatKey));
    // Neither run knows of the other what it has submitted.
    for (const { outcome } of lines) expect(['succeeded', 'unknown']).toContain(outcome);
    expect(lines.some(({ outcome }) => outcome === 'unknown')).toBe(true);
    expect(last).toMatchObject({ state: 'completed', counts: { total: 6, waiting: 0, running: 0, retrying: 0 } });
  },
);

test('an item whose activity is failed by hand during its POST follows the job that its worker then reports', async () => {
  const id = 'failed-by-hand';
  scriptFor(rig, id, null, { on: 'submit', delayMs: 5_000 });
  const { submits } = rig.emulator.ledger();
  const batch = await startBatch(rig, id, 1);
  await until('the request is sent', () => rig.emulator.ledger().submits > submits);
  const workflowId = pageWorkflowId(id, 0);
  const { temporal } = rig.client;
  const { raw } = await temporal.workflow.getHandle(workflowId).describe();
  const activityId = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'submitJob')?.activityId;
  await temporal.workflowService.respondActivityTaskFailedById({
    namespace: rig.server.namespace,
    workflowId,
    activityId: activityId ?? null,
    failure: { message: 'stuck', applicationFailureInfo: { nonRetryable: true } },
  });
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 1 });
  expect(rig.emulator.ledger().submits).toBe(submits + 1);
});
