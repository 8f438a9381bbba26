/** A job that has ended holds no permit while its result is downloaded, also without callbacks. */
import { type Rig, startRig } from '../support/rig';
import { inFlight, jobsByKey, startBatch } from './batch-fixtures';

/** Far longer than a busy machine needs between the end of a job and the next POST. */
const DOWNLOAD_MS = 20_000;
const ITEMS = 3;

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
  rig.emulator.script({ then: { on: 'result', delayMs: DOWNLOAD_MS } });
});
afterAll(() => rig.close());

test.each([
  ['in the page', false],
  ['in workflows of their own', true],
])('items %s return their permit before the download', async (_where, workflowPerImage) => {
  const id = `slow-${workflowPerImage}`;
  const batch = await startBatch(rig, id, ITEMS, { concurrency: 1, workflowPerImage });
  const { counts } = await batch.result();
  expect(counts).toMatchObject({ succeeded: ITEMS });
  expect(inFlight(rig, id)).toBe(0);
  const jobs = [...jobsByKey(rig, id).values()].flat().sort((a, b) => a.acceptedAt - b.acceptedAt);
  const gaps = jobs.slice(1).map(({ acceptedAt }, index) => acceptedAt - (jobs[index]?.endedAt ?? 0));
  expect(gaps).toHaveLength(ITEMS - 1);
  expect(gaps.filter((gap) => gap >= DOWNLOAD_MS)).toEqual([]);
});
