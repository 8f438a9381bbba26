/** Whoever still waits when a client is closed is told so; nothing goes past them. */
import { ClientClosedError, ImagePipelineClient } from '../../client';
import { type Rig, startRig } from '../support/rig';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ worker: false });
});
afterAll(() => rig.close());

test('calls under way fail with one error of ours, and so do those that come later', async () => {
  const client = await ImagePipelineClient.connect({ env: rig.server.env });
  const image = await client.startImage({ id: 'waited-for', request: { prompt: 'a bird' } });
  const waiting = [image.result(), image.report(), client.account().hold()];
  const told = Promise.allSettled(waiting);
  // Long enough for all of them to be with the server.
  await new Promise((resolve) => setTimeout(resolve, 500));
  await client.close();
  const closed = { status: 'rejected', reason: expect.any(ClientClosedError) };
  expect(await told).toEqual(waiting.map(() => closed));
  expect(await Promise.allSettled([image.cancel(), client.batch('any').status()])).toEqual([closed, closed]);
});
