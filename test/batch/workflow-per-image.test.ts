/** Items as workflows of their own: each is a row in Temporal UI, and everything else is as it was. */
import { FilesystemStore } from '../../activities/store';
import { itemWorkflowId } from '../../workflows/domain/batch/batch-ids';
import { readable, readHistory } from '../support/history';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import {
  accepted,
  formatKey,
  inFlight,
  jobsByKey,
  listResults,
  pickCounts,
  ROWS_HASH,
  scriptFor,
  startBatch,
  untilStatus,
} from './batch-fixtures';

const ID = 'rows';
const ITEMS = 12;

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: 50, sigma: 0 } } });
});
afterAll(() => rig.close());

test('every item has a workflow, one paid job and one line, and no more run at once than may', async () => {
  const asking = (number: number) => (number === 3 ? '{{INPUT_INVALID}}' : number === 5 ? '{{MODEL_ERROR x1}}' : '');
  const options = { workflowPerImage: true, concurrency: 3, pageSize: 5, asking };
  const last = await (await startBatch(rig, ID, ITEMS, options)).result();
  expect(pickCounts(last)).toEqual({ succeeded: ITEMS - 1, failed: 1 });
  expect(last.failures).toEqual({ INPUT_INVALID: 1 });
  const lines = await listResults(rig, ID);
  expect(lines.map(({ key }) => key)).toEqual(Array.from({ length: ITEMS }, (_, number) => formatKey(number)));
  const jobs = jobsByKey(rig, ID);
  expect(lines.map(({ key }) => jobs.get(key)?.length)).toEqual(lines.map(({ key }) => (key === formatKey(5) ? 2 : 1)));
  expect(rig.emulator.ledger().maxInFlight).toBeLessThanOrEqual(3);
});

test('no prompt is in the history of such a workflow', async () => {
  const text = readable(await readHistory(rig, `${ID}/${formatKey(0)}`));
  expect(text.includes('a picture of')).toBe(false);
  expect(text.includes(formatKey(0))).toBe(true);
});

test('a key may look like the name of a page', async () => {
  const { batches } = new FilesystemStore(rig.store);
  const request = { prompt: 'a page', width: 32, height: 32 };
  await batches.writePart({ batchId: 'pages', part: 0, rowsHash: ROWS_HASH }, [
    { key: 'page-000000', operation: 'generate/image', request },
  ]);
  const input = {
    parts: [1],
    rowsHash: ROWS_HASH,
    concurrency: 1,
    items: { deadlineMs: 60_000 },
    workflowPerImage: true,
  };
  const last = await (await rig.client.startPlanned('pages', input, 'hash of pages')).result();
  expect(pickCounts(last)).toEqual({ succeeded: 1 });
});

test('each submission counts towards the budget, also that of an item whose job failed', async () => {
  const id = 'bounded';
  const asking = (number: number) => (number === 0 ? '{{MODEL_ERROR x1}}' : '');
  const budget = { submissions: 2, cost: null, duplicates: 0 };
  const options = { workflowPerImage: true, concurrency: 1, budget, asking };
  const batch = await startBatch(rig, id, 2, options);
  await untilStatus('its budget is used up', batch, ({ pausedBy }) => pausedBy === 'budget');
  expect(accepted(rig, id)).toBe(2);
  await batch.set({ budget: { submissions: 3 } });
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 2 });
  expect(accepted(rig, id)).toBe(3);
});

test('the job of a workflow that was terminated is read by the page', async () => {
  const id = 'terminated';
  scriptFor(rig, id, null, { jobMs: 3_000 });
  const batch = await startBatch(rig, id, 1, { workflowPerImage: true });
  await until('its job is in flight', () => inFlight(rig, id) === 1);
  const item = rig.client.temporal.workflow.getHandle(itemWorkflowId(id, formatKey(0)));
  await until('it reads its job, which its page knows by then', async () => {
    const { pendingActivities } = (await item.describe()).raw;
    return (pendingActivities ?? []).some(({ activityType }) => activityType?.name === 'awaitJob');
  });
  await item.terminate();
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 1 });
  expect(accepted(rig, id)).toBe(1);
});

test('answers that are lost hold the account, as for items without a workflow', async () => {
  const id = 'lost';
  scriptFor(rig, id, null, { fault: 'reset-after-accept', on: 'submit' });
  const batch = await startBatch(rig, id, 40, { workflowPerImage: true, concurrency: null });
  const status = await untilStatus('it rests', batch, ({ state }) => state === 'paused');
  expect(status).toMatchObject({ pausedBy: 'account', hold: { code: 'ANSWERS_LOST' } });
  expect(accepted(rig, id)).toBeLessThanOrEqual(10);
  await batch.cancel();
  expect((await batch.result()).counts.unknown).toBe(accepted(rig, id));
});
