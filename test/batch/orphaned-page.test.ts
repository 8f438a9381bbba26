/** A page that outlives its run of the batch: it serves no other run of the same id, and ends when its jobs are collected. */
import type { WorkflowHandle } from '@temporalio/client';
import { waitForEarlierPages } from '../../client/batches/earlier-pages';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import { readable } from '../support/history';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import {
  accepted,
  inFlight,
  jobsByKey,
  listResults,
  pickCounts,
  scriptFor,
  startBatch,
  writeBatch,
} from './batch-fixtures';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

const JOB_MS = 2_000;

test('it submits nothing for the next run of its id, which counts nothing of it', async () => {
  const [id, others] = ['orphaned', 'orphaned-others'];
  for (const batch of [id, others]) scriptFor(rig, batch, null, { jobMs: JOB_MS });
  await startBatch(rig, id, 30, { concurrency: 2 });
  const page = rig.client.temporal.workflow.getHandle(pageWorkflowId(id, 0));
  await until('jobs are in flight', () => inFlight(rig, id) === 2);
  await rig.client.temporal.workflow.getHandle(id).terminate('by an operator');
  // As a redrive adds parts, but of rows that can be told apart from the first ones.
  const { batches } = await writeBatch(rig.store, others, 4);
  const manifest = await batches.readManifest(others);
  const [rowsHash = ''] = manifest?.rowsHashes ?? [];
  const rows = await batches.readPart({ batchId: others, part: 0, rowsHash });
  await batches.writePart({ batchId: id, part: 1, rowsHash }, rows);
  const input = { parts: [4], firstPart: 1, rowsHash, items: { deadlineMs: 3_600_000 } };
  const again = await rig.client.startPlanned(id, input, `hash of ${id}`, { again: true });
  await until('the page of the first run has ended', async () => (await page.describe()).status.name !== 'RUNNING');
  expect((await page.describe()).status.name).toBe('COMPLETED');
  const paid = accepted(rig, id);
  expect(paid).toBeLessThan(30);
  const last = await again.result();
  expect(pickCounts(last)).toEqual({ succeeded: 4 });
  expect(last.submissions).toBe(4);
  expect(accepted(rig, id)).toBe(paid);
  const jobs = [...jobsByKey(rig, id).values()];
  expect(jobs.filter((of) => of.length > 1)).toEqual([]);
  const counted = (await listResults(rig, id)).map(({ outcome }) => outcome);
  expect(counted.filter((outcome) => outcome === 'succeeded')).toHaveLength(paid);
  expect(counted.filter((outcome) => outcome === 'cancelled')).toHaveLength(30 - paid);
});

/** The batch is terminated while its page waits without a permit, and all that the page knew is reported. */
async function orphanWithoutPermit(id: string): Promise<WorkflowHandle> {
  const client = await rig.clientOf(id);
  scriptFor(rig, id, null, { refuse: 'INSUFFICIENT_CREDITS' });
  const batch = await startBatch({ ...rig, client }, id, 3);
  await until('it is held', async () => (await batch.status()).hold?.code === 'INSUFFICIENT_CREDITS');
  const page = client.temporal.workflow.getHandle(pageWorkflowId(id, 0));
  const isWaiting = async () => readable(await page.fetchHistory()).includes('time without a permit');
  await until('its page waits', isWaiting);
  await client.temporal.workflow.getHandle(id).terminate('by an operator');
  return page;
}

test('it ends soon if it waits without a permit, and at once if a redrive waits for it', async () => {
  const [page] = await Promise.all([orphanWithoutPermit('held'), orphanWithoutPermit('redriven')]);
  const { temporal } = rig.client;
  expect(await waitForEarlierPages(temporal, { batchId: 'redriven', parts: [3] }, { maxWaitMs: 100_000 })).toBe(true);
  await until('its page has ended', async () => (await page.describe()).status.name !== 'RUNNING');
  expect((await listResults(rig, 'held')).map(({ outcome }) => outcome)).toEqual(Array(3).fill('cancelled'));
});
