/** Whoever still waits when a client is closed is told so; nothing goes past them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startLine } from '../../bench/chaos/line';
import { ClientClosedError, ImagePipelineClient } from '../../client';
import { type Rig, startRig } from '../support/rig';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ worker: false });
});
afterAll(() => rig.close());

test('calls in progress fail with one error of ours, and so do those that come later', async () => {
  const client = await ImagePipelineClient.connect({ env: rig.server.env });
  const image = await client.startImage({ id: 'waited-for', request: { prompt: 'a bird' } });
  const waiting = [image.result(), image.report(), client.account().hold()];
  const told = Promise.allSettled(waiting);
  // Long enough for all of them to be with the server.
  await sleep(500);
  await client.close();
  const closed = { status: 'rejected', reason: expect.any(ClientClosedError) };
  // Long before the server would have answered automatically, after some 20 s.
  expect(await Promise.race([told, sleep(10_000, undefined, { ref: false })])).toEqual(waiting.map(() => closed));
  expect(await Promise.allSettled([image.cancel(), client.batch('any').status()])).toEqual([closed, closed]);
});

test('so do calls that lost their server and were to be made again in a moment', async () => {
  const line = await startLine(rig.server.address);
  const client = await ImagePipelineClient.connect({ env: { ...rig.server.env, TEMPORAL_ADDRESS: line.address } });
  const image = await client.startImage({ id: 'left-behind', request: { prompt: 'a bird' } });
  const told = Promise.allSettled([image.result(), image.status(), client.account().hold()]);
  await line.cut();
  // Some are with the server that is gone now, and some wait for the next attempt.
  await sleep(1_500);
  await client.close();
  expect(await told).toEqual(Array(3).fill({ status: 'rejected', reason: expect.any(ClientClosedError) }));
});
