/** Work that is recorded while nobody polls its task queue waits, and whoever asks for it is told why. */
import { WorkerMissingError } from '../../connection/errors';
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
  await client.temporal.workflow.start('imagePipelineAccount', governor);
  await client.temporal.workflow.start('imagePipelineBatch', {
    workflowId: 'nobody',
    taskQueue,
    args: [{ parts: [1] }],
  });
  await client.startImage({ id: 'alone', request: { prompt: 'a shoe' } });
  const batch = client.batch('nobody');
  const questions = [account.status(), batch.status()];
  const changes = [
    account.set({ limits: { maxConcurrency: 4 } }),
    account.hold('by a test'),
    account.resume(),
    account.set({ budget: { submissions: 5 } }),
    batch.pause(),
    batch.resume(),
    batch.cancel(),
    batch.set({ concurrency: 3 }),
    batch.set({ maxFailures: '5' }),
    batch.set({ budget: { submissions: 5 } }),
    client.item('alone').cancel({ now: true }),
  ];
  const ends = await Promise.allSettled<unknown>([...questions, ...changes]);
  const missing = (id: string, words: string) => ({
    status: 'rejected',
    reason: expect.objectContaining({
      name: WorkerMissingError.name,
      message: expect.stringMatching(new RegExp(`^no worker answers for "${id}"; ${words}`)),
    }),
  });
  const [ofAccount, ofBatch, ofImage] = ['~account/default', 'nobody', 'alone'].map((id) =>
    missing(id, 'the change is not confirmed'),
  );
  expect(ends).toEqual([
    missing('~account/default', 'no work is lost'),
    missing('nobody', 'no work is lost'),
    ...Array(4).fill(ofAccount),
    ...Array(6).fill(ofBatch),
    ofImage,
  ]);
});
