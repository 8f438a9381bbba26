/** An outage of one operation: its items wait and are probed, and the items of all others are made meanwhile. */
import type { BatchHandle } from '../../client/batches/batch-handle';
import { pickCounts, untilStatus } from '../batch/batch-fixtures';
import { drawPhoto, type FileServer, startFileServer } from '../support/file-server';
import { start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { as, jobsSince, mostInFlight, untilAccount } from './accounts';

const [VIDEO, IMAGE] = ['generate/video', 'generate/image'];

let rig: Rig;
let files: FileServer;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: 300, sigma: 0 } } });
  files = await startFileServer({ '/photo.png': await drawPhoto() });
});
afterEach(() => rig.emulator.clearScripts());
afterAll(async () => {
  files.close();
  await rig.close();
});

const clip = (key: string) => ({
  key,
  operation: VIDEO,
  input_image: `${files.url}/photo.png`,
  width: 64,
  height: 32,
  duration_seconds: 1,
});
const picture = (key: string) => ({ key, operation: IMAGE, prompt: `a fox ${key}`, width: 32, height: 32 });
const many = <R>(count: number, row: (key: string) => R) => Array.from({ length: count }, (_, n) => row(`k${n}`));

function breakVideo(code: string): void {
  rig.emulator.script({ match: { operation: VIDEO }, then: { failJob: code, jobMs: 20 } });
}

async function startRows({ client }: Rig, id: string, rows: readonly Record<string, unknown>[]): Promise<BatchHandle> {
  return client.startBatch({ id, rows });
}

const untilVideoIsHeld = (own: Rig, code: string) =>
  untilAccount('videos are held', own, ({ holds }) =>
    holds.some((hold) => hold.operation === VIDEO && hold.code === code),
  );

test('MODEL_UNAVAILABLE of generate/video: a batch of generate/image goes on at full pace beside it', async () => {
  const own = await as(rig, 'beside');
  breakVideo('MODEL_UNAVAILABLE');
  const clips = await startRows(own, 'clips', many(30, clip));
  await untilVideoIsHeld(own, 'MODEL_UNAVAILABLE');
  const waiting = await untilStatus('the clips wait', clips, ({ state }) => state === 'paused');
  expect(waiting).toMatchObject({ pausedBy: 'account', hold: { code: 'MODEL_UNAVAILABLE' }, counts: { failed: 0 } });
  expect(waiting.reason).toMatch(/^generate\/video is held: MODEL_UNAVAILABLE\./);
  const since = Date.now();
  const pictures = await startRows(own, 'pictures', many(80, picture));
  expect(pickCounts(await pictures.result())).toEqual({ succeeded: 80 });
  const single = await start(own.client, 'single');
  expect(await single.result()).toMatchObject({ outcome: 'succeeded' });
  // The window grew as for any other batch, and only probes of the held operation were sent.
  expect(mostInFlight(own, since)).toBeGreaterThan(8);
  expect(jobsSince(own, since).filter(({ operation }) => operation === VIDEO).length).toBeLessThanOrEqual(5);
  expect((await own.client.account().status()).hold).toBeNull();
  rig.emulator.clearScripts();
  await own.client.account().resume();
  expect(pickCounts(await clips.result())).toEqual({ succeeded: 30 });
  expect((await own.client.account().status()).holds).toEqual([]);
});

test('a batch with rows of both goes on with those of the open operation, and says which is held', async () => {
  const own = await as(rig, 'mixed');
  breakVideo('INTERNAL_ERROR');
  const rows = many(60, (key) => (Number(key.slice(1)) % 2 === 0 ? clip(key) : picture(key)));
  const mixed = await startRows(own, 'mixed', rows);
  await untilVideoIsHeld(own, 'INTERNAL_ERROR');
  const status = await untilStatus('all pictures are made', mixed, ({ counts }) => counts.succeeded === 30);
  expect(status.counts.failed).toBe(0);
  const waiting = await untilStatus('the rest waits', mixed, ({ state }) => state === 'paused');
  expect(waiting.reason).toMatch(/^generate\/video is held: INTERNAL_ERROR\./);
  rig.emulator.clearScripts();
  await own.client.account().resume();
  expect(pickCounts(await mixed.result())).toEqual({ succeeded: 60 });
});
