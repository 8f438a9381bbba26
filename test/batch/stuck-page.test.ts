/** A page each of whose workflow tasks fails: the batch says so, and ends when it is cancelled. */
import { type ResultStore, StoreUnavailable } from '../../activities/store/result-store';
import { WorkerMissingError } from '../../client';
import { itemWorkflowId, pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import { grantSignal, jobCallbackSignal, pageGrantSignal } from '../../workflows/messages';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { formatKey, inFlight, listResults, scriptFor, startBatch, sumOfCounts, untilStatus } from './batch-fixtures';

/** Batches whose rows cannot be read for now. */
const away = new Set<string>();

function withTrouble(real: ResultStore): ResultStore {
  const { batches } = real;
  const troubled: typeof batches = Object.assign(Object.create(batches), {
    readPart: async (...given: Parameters<typeof batches.readPart>) => {
      if (away.has(given[0].batchId)) throw new StoreUnavailable('the store is away');
      return batches.readPart(...given);
    },
  });
  return Object.assign(Object.create(real), { batches: troubled });
}

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ store: withTrouble });
});
afterAll(() => rig.close());

/** What its code cannot work with fails the workflow task, and with it every later one. */
async function stick(id: string, part: number): Promise<void> {
  const page = rig.client.temporal.workflow.getHandle(pageWorkflowId(id, part));
  await page.signal(pageGrantSignal.name, null);
}

/** Its open items may have been submitted. */
async function stickOneThatHasBegun(): Promise<void> {
  const id = 'stuck';
  scriptFor(rig, id, null, { never: true });
  const batch = await startBatch(rig, id, 6, { pageSize: 3, concurrency: 3 });
  await until('its jobs are in flight', () => inFlight(rig, id) === 3);
  await stick(id, 0);
  const told = await untilStatus('it says why', batch, ({ reason }) => reason !== null);
  expect(told).toMatchObject({
    state: 'running',
    reason: expect.stringMatching(/^each workflow task of .*page-000000 fails/),
  });
  await batch.cancel();
  const last = await batch.result();
  expect(last).toMatchObject({ state: 'cancelled', counts: { unknown: 3, cancelled: 3, total: 6 } });
  expect(last.failures).toEqual({ SUBMIT_OUTCOME_UNKNOWN: 3 });
  const outcomes = (await listResults(rig, id)).map(({ outcome }) => outcome);
  expect(outcomes).toEqual([...Array(3).fill('unknown'), ...Array(3).fill('cancelled')]);
}

/** Nothing of it was submitted. */
async function stickOneThatHasNotBegun(): Promise<void> {
  const id = 'stuck-before';
  away.add(id);
  const batch = await startBatch(rig, id, 3, { pageSize: 3 });
  const page = rig.client.temporal.workflow.getHandle(pageWorkflowId(id, 0));
  await until('its page is there', () =>
    page.describe().then(
      () => true,
      () => null,
    ),
  );
  await stick(id, 0);
  await batch.cancel();
  await until('it is ended', async () => (await page.describe()).status.name === 'TERMINATED');
  away.delete(id);
  expect(await batch.result()).toMatchObject({ state: 'cancelled', counts: { cancelled: 3, total: 3 }, failures: {} });
  const messages = (await listResults(rig, id)).map(({ message }) => message);
  expect(messages).toEqual(Array(3).fill('The page of this item ended before it began; nothing was submitted.'));
}

/** Its job is paid, so the page reads it. */
async function stickAnImageOfAPage(): Promise<void> {
  const id = 'stuck-image';
  scriptFor(rig, id, formatKey(0), { jobMs: 2_000 });
  const batch = await startBatch(rig, id, 2, { concurrency: 1, workflowPerImage: true });
  const item = rig.client.temporal.workflow.getHandle(itemWorkflowId(id, formatKey(0)));
  await until('it reads its job, which its page knows by then', async () => {
    const { pendingActivities } = inFlight(rig, id) === 1 ? (await item.describe()).raw : { pendingActivities: [] };
    return (pendingActivities ?? []).some(({ activityType }) => activityType?.name === 'awaitJob');
  });
  await item.signal(jobCallbackSignal.name, null);
  await batch.cancel();
  const last = await batch.result();
  expect(last).toMatchObject({ state: 'cancelled', counts: { succeeded: 1, cancelled: 1, total: 2 } });
}

// Side by side, for the server waits longer before each try of a workflow task.
test('the reason is reported, and a cancellation ends the batch: what the page had begun is unknown, the rest cancelled', async () => {
  await Promise.all([stickOneThatHasBegun(), stickOneThatHasNotBegun(), stickAnImageOfAPage()]);
});

/** Until the first of its tasks have failed it looks as if no worker was there. */
function unlessWorkerMissing(error: unknown): null {
  if (error instanceof WorkerMissingError) return null;
  throw error;
}

test('a batch that is stuck itself says so, is not cancelled in vain, and accounts for its rows', async () => {
  const [id, items] = ['stuck-batch', 30];
  const batch = await startBatch(rig, id, items, { concurrency: 1 });
  const workflow = rig.client.temporal.workflow.getHandle(id);
  // Once its first turn is over: the server asks no workflow that was terminated before it had one.
  await batch.status();
  await workflow.signal(grantSignal.name, null);
  const isTold = (reason: string | null) => reason?.startsWith('each workflow task of stuck-batch fails') === true;
  const told = await until('it says why', async () => {
    const status = await batch.status().catch(unlessWorkerMissing);
    return status !== null && isTold(status.reason) ? status : null;
  });
  expect(told.state).toBe('running');
  expect(sumOfCounts(told)).toBe(items);
  await expect(batch.cancel()).rejects.toThrow(/each workflow task of stuck-batch fails.*terminate this workflow/);
  await workflow.terminate('by a test');
  await until('every row is accounted for', async () => {
    const { waiting, running, retrying } = (await batch.status()).counts;
    return waiting + running + retrying === 0;
  });
  expect(sumOfCounts(await batch.status())).toBe(items);
});
