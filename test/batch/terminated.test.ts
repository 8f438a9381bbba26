/** A batch that was terminated before it had acted on what it was told: it can be looked at, and run again. */
import { PREMATURE_QUERY, reRegisterSignal } from '../../workflows/messages';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { inFlight, startBatch } from './batch-fixtures';

const ITEMS = 6;

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: 60_000, sigma: 0 } } });
});
afterAll(() => rig.close());

test('its status tells its counts, and that they are old', async () => {
  const batch = await startBatch(rig, 'ended', ITEMS, { concurrency: 2 });
  await until('jobs are in flight', () => inFlight(rig, 'ended') === 2);
  await rig.stopWorkers();
  const workflow = rig.client.temporal.workflow.getHandle('ended');
  // Nobody is there to act on it before the end.
  await workflow.signal(reRegisterSignal);
  await workflow.terminate('by a test');
  await rig.startWorker();
  await expect(workflow.query('batchState')).rejects.toThrow(PREMATURE_QUERY);
  const status = await batch.status();
  expect(status).toMatchObject({ state: 'failed', counts: { total: ITEMS }, finishedAt: null });
  expect(status.reason).toMatch(/^the workflow of the batch was terminated; its last state cannot be read/);
  const { total, skipped, ...counts } = status.counts;
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(total);
  expect(skipped).toBe(0);
});
