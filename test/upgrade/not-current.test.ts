/** A worker whose release is not current polls, and gets nothing: that is said before somebody wonders. */
import { runInside } from '../cli/cli-inside';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { makeCurrent, startRelease, versioned } from './releases';

const NOT_SERVED = 'workers of images:2 poll task queue "imagepipeline", but all work goes to no version';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ worker: false });
});
afterAll(() => rig?.close());

interface Told {
  readonly checks: readonly { readonly check: string; readonly state: string; readonly found: string }[];
}

async function workersByDoctor(): Promise<Told['checks'][number] | undefined> {
  const { stdout } = await runInside(['doctor', '--json'], rig.store, rig.server.env);
  return (JSON.parse(stdout) as Told).checks.find(({ check }) => check === 'workers');
}

test('doctor names the release that polls and the one that gets work, until they are the same', async () => {
  const worker = await startRelease(rig, undefined, versioned('2'));
  const id = 'unserved';
  const image = await rig.client.startImage({ id, request: { prompt: 'a bird', width: 64, height: 64 } });
  await until('doctor names the release', async () => {
    const { state, found } = (await workersByDoctor()) ?? {};
    return state === 'failed' && found === NOT_SERVED;
  });
  expect(await image.status()).toMatchObject({ workerAnswers: false });

  await makeCurrent(rig, '2');
  await until('doctor is content', async () => (await workersByDoctor())?.state === 'ok');
  expect((await image.result()).outcome).toBe('succeeded');
  expect(await worker.stop()).toBe(0);
});
