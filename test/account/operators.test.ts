/** Operators and accidents: if a workflow is ended from outside, nothing hangs and no permit is lost. */
import { accepted, inFlight, jobsByKey, pickCounts, startBatch } from '../batch/batch-fixtures';
import { start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { startWorkerChild } from '../support/worker-child';
import { as, getGovernor, mostInFlight, untilAccount } from './accounts';

const LIMIT = 6;
const AUDIT_MS = 1_500;

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: 800, sigma: 0 }, maxConcurrentJobs: LIMIT } });
});
afterAll(() => rig.close());

/** A governor that follows silent holders sooner than people would wait for. */
async function withGovernor(account: string): Promise<Rig> {
  const own = await as(rig, account);
  await own.client.temporal.workflow.start('imagePipelineAccount', {
    workflowId: getGovernor(own).workflowId,
    taskQueue: 'imagepipeline',
    args: [{ account, auditMs: AUDIT_MS }],
  });
  return own;
}

test('a governor that is terminated in the run is missed, and restarted with what was known', async () => {
  const [own, since] = [await as(rig, 'g-run'), Date.now()];
  const batch = await startBatch(own, 'g-run', 40, { concurrency: null });
  await untilAccount('the limit is found', own, ({ decisions }) =>
    decisions.some(({ words }) => /CONCURRENT/.test(words)),
  );
  await getGovernor(own).terminate('by an operator');
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 40 });
  expect(mostInFlight(own, since)).toBeLessThanOrEqual(LIMIT);
  expect((await getGovernor(own).describe()).status.name).toBe('RUNNING');
});

test('a batch that waits for permits finds that the governor is gone', async () => {
  const own = await as(rig, 'g-wait');
  await own.client.account().hold('for the test');
  const batch = await startBatch(own, 'g-wait', 10, { concurrency: 4, patienceMs: 1_000 });
  await untilAccount('it waits', own, ({ holders }) => holders.length === 1);
  await getGovernor(own).terminate('by an operator');
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 10 });
});

test('a batch whose coordinator is terminated leaves its permits to the others, and its pages end', async () => {
  const own = await withGovernor('coordinator');
  await startBatch(own, 'ended', 60, { concurrency: null, patienceMs: 1_000 });
  await until('jobs are in flight', () => inFlight(own, 'ended') >= 3);
  const other = await startBatch(own, 'other', 12, { concurrency: null });
  await own.client.temporal.workflow.getHandle('ended').terminate('by an operator');
  const endedAt = Date.now();
  await untilAccount('its permits are back', own, ({ holders }) => !holders.some(({ id }) => id === 'ended'));
  expect(Date.now() - endedAt).toBeLessThan(4 * AUDIT_MS + 2_000);
  const page = own.client.temporal.workflow.getHandle('ended/page-000000');
  await until('its page has ended', async () => (await page.describe()).status.name === 'COMPLETED');
  const paid = accepted(own, 'ended');
  expect(pickCounts(await other.result())).toEqual({ succeeded: 12 });
  expect(accepted(own, 'ended')).toBe(paid);
});

test('a page that waits for a coordinator that is gone ends', async () => {
  const own = await as(rig, 'orphan');
  await startBatch(own, 'orphan', 20, { concurrency: 3, patienceMs: 1_000 });
  await until('jobs are in flight', () => inFlight(own, 'orphan') > 0);
  await own.client.account().hold('for the test');
  await until('nothing is in flight', () => inFlight(own, 'orphan') === 0);
  await until('it waits', async () => (await own.client.batch('orphan').status()).counts.running === 0);
  await own.client.temporal.workflow.getHandle('orphan').terminate('by an operator');
  const page = own.client.temporal.workflow.getHandle('orphan/page-000000');
  await until('its page has ended', async () => (await page.describe()).status.name === 'COMPLETED');
});

test('a single item that is terminated leaves its permit to the next', async () => {
  const own = await withGovernor('image');
  await own.client.account().set({ limits: { maxConcurrency: 1 } });
  rig.emulator.script({ match: { promptIncludes: 'test gone.' }, then: { jobMs: 20_000 } });
  await start(own.client, 'gone');
  await untilAccount('it is in flight', own, ({ inFlight: jobs }) => jobs === 1);
  const next = await start(own.client, 'next');
  await own.client.temporal.workflow.getHandle('gone').terminate('by an operator');
  expect((await next.result()).outcome).toBe('succeeded');
});

test('many single items share a hidden limit, in their turn, and let it grow', async () => {
  const [own, since] = [await as(rig, 'many'), Date.now()];
  // The job of the image that was terminated may still take a place.
  const images = await Promise.all(Array.from({ length: 30 }, (_, n) => start(own.client, `many-${n}`)));
  await Promise.all(images.map((image) => image.result()));
  const { refusals } = rig.emulator.ledger();
  const refused = refusals.filter(({ at }) => at >= since).length;
  expect(mostInFlight(own, since)).toBe(LIMIT);
  expect(refused).toBeLessThanOrEqual(15);
});

test('a worker that is killed costs no permit and no second payment', async () => {
  const own = await as(rig, 'killed');
  await rig.stopWorkers();
  const child = await startWorkerChild(rig);
  const batch = await startBatch(own, 'killed', 16, { concurrency: 4 });
  await until('jobs are in flight', () => inFlight(own, 'killed') >= 3);
  child.send('SIGKILL');
  await child.ended;
  await rig.startWorker();
  const last = await batch.result();
  expect(last.counts.succeeded + last.counts.unknown).toBe(16);
  expect(last.counts.succeeded).toBeGreaterThanOrEqual(12);
  expect([...jobsByKey(own, 'killed').values()].every(({ length }) => length === 1)).toBe(true);
});
