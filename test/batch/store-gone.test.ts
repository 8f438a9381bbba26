/** A page that has begun, continues as new, and does not find its store any more: the batch says so, and can be cancelled. */
import { type ResultStore, StoreUnavailable } from '../../activities/store/result-store';
import { type Rig, startRig } from '../support/rig';
import { scriptFor, startBatch, untilStatus } from './batch-fixtures';

const ID = 'gone';
const ITEMS = 40;
let begun = 0;

function goneAfterTheFirst(real: ResultStore): ResultStore {
  const { batches } = real;
  const gone: typeof batches = Object.assign(Object.create(batches), {
    beginPart: async (...given: Parameters<typeof batches.beginPart>) => {
      begun += 1;
      if (begun > 1) throw new StoreUnavailable('the folder is gone');
      return batches.beginPart(...given);
    },
  });
  return Object.assign(Object.create(real), { batches: gone });
}

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ fewEvents: 'few', store: goneAfterTheFirst });
});
afterAll(() => rig.close());

test('its ended items keep their outcomes, the others are unknown', async () => {
  scriptFor(rig, ID, null, { jobMs: 200 });
  const batch = await startBatch(rig, ID, ITEMS, { concurrency: 2 });
  const told = await untilStatus('it says why', batch, ({ reason }) => reason !== null);
  expect(told.reason).toMatch(/^a page cannot read its rows; retrying \(attempt \d+\): the folder is gone/);
  expect(told).toMatchObject({ state: 'running', counts: { total: ITEMS } });
  await batch.cancel();
  const { state, counts } = await batch.result();
  expect(state).toBe('cancelled');
  expect(counts.succeeded).toBeGreaterThan(0);
  expect(counts).toMatchObject({ unknown: ITEMS - counts.succeeded, waiting: 0, running: 0, cancelled: 0 });
});
