/** A request that was refused is tried again by the server, so a cancelled batch must call it back. */
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { pickCounts, startBatch } from './batch-fixtures';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ delays: 0.5 });
});
afterAll(() => rig.close());

test('after a cancel nothing is submitted, not even what waits to be tried again after a refusal', async () => {
  rig.emulator.script({
    then: { status: 429, body: { error_code: 'RATE_LIMIT_EXCEEDED' }, headers: { 'retry-after': '5' } },
  });
  const batch = await startBatch(rig, 'refused', 3);
  await until('every item was refused', () => rig.emulator.ledger().submits >= 3);
  await batch.cancel();
  rig.emulator.clearScripts();
  const last = await batch.result();
  expect(pickCounts(last)).toEqual({ cancelled: 3 });
  expect(last.state).toBe('cancelled');
  expect(rig.emulator.ledger().accepted).toBe(0);
});
