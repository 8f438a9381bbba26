/** Work that is recorded while nobody polls its task queue waits, and whoever asks for it is told why. */
import { WorkerMissingError } from '../../client/errors';
import { type Rig, startRig } from '../support/rig';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ worker: false });
});
afterAll(() => rig.close());

test('the account and a batch say that a worker is missing, not that something is broken', async () => {
  const { client } = rig;
  const account = client.account();
  const taskQueue = 'imagepipeline';
  const governor = { workflowId: `~account/${account.name}`, taskQueue, args: [{ account: account.name }] };
  await client.temporal.workflow.start('accountGovernor', governor);
  await client.temporal.workflow.start('imageBatch', { workflowId: 'nobody', taskQueue, args: [{ parts: [1] }] });
  const asked = await Promise.allSettled([account.status(), client.batch('nobody').status()]);
  expect(asked).toEqual(Array(2).fill({ status: 'rejected', reason: expect.any(WorkerMissingError) }));
  expect(asked).toMatchObject([
    { reason: { message: expect.stringMatching(/^no worker answers for "~account\/default"/) } },
    { reason: { message: expect.stringMatching(/^no worker answers for "nobody"/) } },
  ]);
});
