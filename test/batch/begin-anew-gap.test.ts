/** A page looks once more before it continues as new: what happened during its last report is not forgotten, nor paid twice. */
import type { ResultStore } from '../../activities/store/result-store';
import { pageWorkflowId } from '../../workflows/domain/batch/batch-ids';
import { jobCallbackSignal } from '../../workflows/messages';
import { Gate } from '../support/gate';
import { fetchFirstRun } from '../support/history';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { formatKey, jobsByKey, listResults, pickCounts, scriptFor, startBatch } from './batch-fixtures';

const ID = 'gap';
const [LOST, FIRST, SECOND] = [formatKey(0), formatKey(1), formatKey(2)];

/** Outcomes of the first item, results of the second, outcomes of the second, and status reads of the one whose answer is lost. */
const [firstTold, secondKept, secondTold, lostRead] = [new Gate(), new Gate(), new Gate(), new Gate()];
const TELLING: Readonly<Record<string, Gate>> = { [FIRST]: firstTold, [SECOND]: secondTold };

function gated(real: ResultStore): ResultStore {
  const { batches } = real;
  const slowBatches: typeof batches = Object.assign(Object.create(batches), {
    writeOutcomes: async (...given: Parameters<typeof batches.writeOutcomes>) => {
      await Promise.all(given[3].map(({ key }) => TELLING[key]?.pass()));
      return batches.writeOutcomes(...given);
    },
  });
  return Object.assign(Object.create(real), {
    batches: slowBatches,
    keep: async (...given: Parameters<typeof real.keep>) => {
      if (given[0].key === SECOND) await secondKept.pass();
      return real.keep(...given);
    },
  });
}

let rig: Rig;

const findJob = (key: string) => jobsByKey(rig, ID).get(key)?.[0]?.jobId ?? null;

beforeAll(async () => {
  rig = await startRig({
    callbacks: true,
    fewEvents: 'fewest',
    store: gated,
    api: (real) => ({
      ...real,
      readStatus: async (operation, jobId, signal) => {
        if (jobId === findJob(LOST)) await lostRead.pass();
        return real.readStatus(operation, jobId, signal);
      },
    }),
  });
});
afterAll(async () => {
  for (const gate of [firstTold, secondKept, secondTold, lostRead]) gate.open();
  await rig.close();
});

test('a job that a callback finds during the last report is fetched, and its item is not submitted again', async () => {
  scriptFor(rig, ID, LOST, { fault: 'reset-after-accept', on: 'submit' }, 1);
  // The test says itself when the job has ended.
  scriptFor(rig, ID, LOST, { fault: 'drop', on: 'callback' });
  const batch = await startBatch(rig, ID, 3, { concurrency: 3 });
  const page = rig.client.temporal.workflow.getHandle(pageWorkflowId(ID, 0));
  const { runId } = await until('the first item is told of', async () =>
    firstTold.arrived > 0 && secondKept.arrived > 0 ? await page.describe() : null,
  );
  const jobId = await until('the job of the lost answer is there', () => findJob(LOST));
  secondKept.open();
  await until('the second item has ended meanwhile', async () => (await batch.status()).counts.succeeded === 2);
  firstTold.open();
  await until('the second item is told of', () => secondTold.arrived > 0);
  const run = await fetchFirstRun(page);
  await page.signal(jobCallbackSignal, { run, key: LOST, submission: 1, jobId, status: 'completed' });
  await until('the job is read', () => lostRead.arrived > 0);
  secondTold.open();
  await until('the page has heard that it is told of', async () => {
    const { runId: now, raw } = await page.describe();
    const isReporting = (raw.pendingActivities ?? []).some(({ activityType }) => activityType?.name === 'reportPage');
    return now !== runId || !(isReporting || raw.pendingWorkflowTask);
  });
  lostRead.open();
  const last = await batch.result();
  const jobs = new Map([...jobsByKey(rig, ID)].map(([key, { length }]) => [key, length]));
  expect(jobs).toEqual(new Map([LOST, FIRST, SECOND].map((key) => [key, 1])));
  expect(pickCounts(last)).toEqual({ succeeded: 3 });
  expect(last.possibleDuplicates).toBe(0);
  expect(await listResults(rig, ID)).toMatchObject([{ key: LOST, outcome: 'succeeded', jobId }, {}, {}]);
});
