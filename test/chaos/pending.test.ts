/** What the suite says of a batch that does not end. */
import { pendingIn } from '../../bench/chaos/pending';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ worker: false, emulator: { jobTime: { medianMs: 60_000, sigma: 0 } } });
});
afterAll(() => rig?.close());

test('workflows that run are named with what they wait for; those that have ended or never were are not', async () => {
  await rig.client.startImage({ id: 'stuck', request: { prompt: 'a bird', width: 64, height: 64 } });
  const pending = () => pendingIn(rig.client.temporal, ['stuck', 'nobody']);
  expect(await pending()).toEqual([
    'stuck: 2 events, its workflow task waits, attempt 1',
    'stuck: ends with workflow_execution_started, workflow_task_scheduled',
  ]);
  await rig.startWorker();
  await until('its job is awaited', async () => /stuck: awaitJob, attempt 1, by \d+@/.test((await pending()).join()));
  await rig.client.temporal.workflow.getHandle('stuck').terminate();
  expect(await pending()).toEqual([]);
});
