/** A redrive begins when no page of an earlier run of its batch is left: until then it waits, and says so. */
import { waitForEarlierPages } from '../../client/batches/earlier-pages';
import { BatchCli } from '../cli/batch-cli';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { accepted, inFlight, jobsByKey, pickCounts, scriptFor, startBatch, writeBatch } from './batch-fixtures';

const JOB_MS = 3_000;
const ITEMS = 12;

let rig: Rig;
let batchCli: BatchCli;

beforeAll(async () => {
  rig = await startRig();
  batchCli = new BatchCli(rig);
});
afterAll(() => rig.close());

async function terminateInTheMiddle(id: string): Promise<void> {
  scriptFor(rig, id, null, { jobMs: JOB_MS });
  await startBatch(rig, id, ITEMS, { concurrency: 4 });
  await until('jobs are in flight', () => inFlight(rig, id) === 4);
  await rig.client.temporal.workflow.getHandle(id).terminate('by an operator');
}

test('a batch whose coordinator was terminated is redriven at once, and nothing is paid twice', async () => {
  const id = 'redriven-at-once';
  await terminateInTheMiddle(id);
  const { status, stderr } = await batchCli.toEnd('redrive', id, '--outcome', 'failed', 'cancelled', 'unknown');
  expect([...jobsByKey(rig, id).values()].filter((jobs) => jobs.length > 1)).toEqual([]);
  expect(pickCounts(status)).toEqual({ succeeded: ITEMS });
  expect(accepted(rig, id)).toBe(ITEMS);
  expect(stderr).toContain('waiting for 1 page of the terminated run');
});

test('the wait is bounded, and says what is left', async () => {
  const id = 'redriven-too-soon';
  await terminateInTheMiddle(id);
  await rig.stopWorkers();
  const told: number[] = [];
  const waiting = waitForEarlierPages(
    rig.client.temporal,
    { batchId: id, parts: [ITEMS] },
    {
      maxWaitMs: 0,
      onWait: (pages) => told.push(pages),
    },
  );
  await expect(waiting).rejects.toThrow(/its terminated run are still collected by 1 page.*nothing was started/);
  expect(told).toEqual([1]);
  await rig.startWorker();
});

test('nobody waits where no page is left', async () => {
  const { manifest } = await writeBatch(rig.store, 'never-started', 3, {
    namespace: rig.client.temporal.options.namespace,
  });
  const onWait = jest.fn();
  await waitForEarlierPages(rig.client.temporal, manifest, { onWait });
  expect(onWait).not.toHaveBeenCalled();
});
