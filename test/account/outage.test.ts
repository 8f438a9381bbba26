/** A provider that is out of order: a breaker opens, probes automatically, and no item pays for it with its budget. */
import { formatKey, jobsByKey, pickCounts, startBatch } from '../batch/batch-fixtures';
import { start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { as, refusalsSince, untilAccount } from './accounts';

const IMAGE = 'generate/image';
const SPEECH = 'generate/speech' as const;

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: 200, sigma: 0 } } });
});
afterEach(() => rig.emulator.clearScripts());
afterAll(() => rig.close());

const fetchDecisions = async ({ client }: Rig) => (await client.account().status()).decisions.map(({ words }) => words);

test('503s open the breaker; it probes alone, with growing gaps, and closes automatically', async () => {
  const [own, id, since] = [await as(rig, 'door'), 'door', Date.now()];
  rig.emulator.script({ then: { status: 503, body: { detail: 'maintenance' } } });
  const batch = await startBatch(own, id, 30, { concurrency: 8 });
  const { hold, holds } = await untilAccount('it opens', own, (status) => status.holds.length > 0);
  expect([hold, holds]).toMatchObject([null, [{ operation: IMAGE, code: 'PROVIDER_UNREACHABLE' }]]);
  await until('the first probe has failed', async () =>
    (await fetchDecisions(own)).includes(`held ${IMAGE} again: PROVIDER_UNREACHABLE`),
  );
  const refused = refusalsSince(own, since);
  expect(await batch.status()).toMatchObject({ state: 'paused', pausedBy: 'account', counts: { failed: 0 } });
  rig.emulator.clearScripts();
  const last = await batch.result();
  expect(pickCounts(last)).toEqual({ succeeded: 30 });
  expect(last.submissions).toBe(30);
  expect([...jobsByKey(own, id).values()].every(({ length }) => length === 1)).toBe(true);
  // Probes may have gone before the scripts were taken away.
  expect(refusalsSince(own, since)).toBeLessThanOrEqual(refused + 2);
  expect(refused).toBeLessThanOrEqual(3 * 8 + 1);
});

test.each(['MODEL_UNAVAILABLE', 'INTERNAL_ERROR'])(
  '%s jobs of different items open it, and burn no budget',
  async (code) => {
    const id = code.slice(0, 5).toLowerCase();
    const own = await as(rig, id);
    rig.emulator.script({ match: { promptIncludes: `batch ${id}.` }, then: { failJob: code, jobMs: 50 } });
    const batch = await startBatch(own, id, 30, { concurrency: 8 });
    await untilAccount('it opens', own, ({ holds }) => holds[0]?.code === code);
    await until('the first probe has failed', async () =>
      (await fetchDecisions(own)).includes(`held ${IMAGE} again: ${code}`),
    );
    rig.emulator.clearScripts();
    expect(pickCounts(await batch.result())).toEqual({ succeeded: 30 });
    const jobs = [...jobsByKey(own, id).values()];
    const most = Math.max(...jobs.map(({ length }) => length));
    expect(most).toBeLessThanOrEqual(4);
  },
);

test('an item that always fails is no outage: the others continue', async () => {
  const [own, id] = [await as(rig, 'one-bad'), 'one-bad'];
  rig.emulator.script({
    match: { promptIncludes: `${formatKey(3)} for the batch ${id}.` },
    then: { failJob: 'INTERNAL_ERROR' },
  });
  const batch = await startBatch(own, id, 12, { concurrency: 4 });
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 11, failed: 1 });
  expect((await fetchDecisions(own)).filter((words) => words.startsWith('held'))).toEqual([]);
});

test('images alone open the breaker and close it again, and none of them fails', async () => {
  const own = await as(rig, 'images');
  rig.emulator.script({ then: { status: 503, body: { detail: 'maintenance' } } });
  const images = await Promise.all(Array.from({ length: 8 }, (_, n) => start(own.client, `outage-${n}`)));
  await untilAccount('it opens', own, ({ holds }) => holds[0]?.code === 'PROVIDER_UNREACHABLE');
  rig.emulator.clearScripts();
  const made = await Promise.all(images.map((image) => image.result()));
  expect(made.map(({ outcome }) => outcome)).toEqual(Array(8).fill('succeeded'));
  expect((await own.client.account().status()).holds).toEqual([]);
});

const untilSpeechIsHeld = (own: Rig, code: string) =>
  untilAccount('speech is held', own, ({ holds }) =>
    holds.some((hold) => hold.operation === SPEECH && hold.code === code),
  );

test('single items wait for their operation only, and one of them probes it', async () => {
  const own = await as(rig, 'items');
  rig.emulator.script({ match: { operation: SPEECH }, then: { failJob: 'INTERNAL_ERROR', jobMs: 20 } });
  const request = { text: 'hello' };
  const speeches = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      own.client.startItem({ id: `speech-${n}`, operation: 'generate/speech', request }),
    ),
  );
  await untilSpeechIsHeld(own, 'INTERNAL_ERROR');
  expect(await (await start(own.client, 'picture')).result()).toMatchObject({ outcome: 'succeeded' });
  rig.emulator.clearScripts();
  const made = await Promise.all(speeches.map((item) => item.result()));
  expect(made.map(({ outcome }) => outcome)).toEqual(Array(8).fill('succeeded'));
  expect((await own.client.account().status()).holds).toEqual([]);
});

test('HTTP 503 of one endpoint holds that operation, since another one is answered', async () => {
  const own = await as(rig, 'endpoint');
  rig.emulator.script({ match: { operation: SPEECH }, then: { status: 503, body: { detail: 'maintenance' } } });
  const since = Date.now();
  const pictures = await startBatch(own, 'answered', 150, { concurrency: 20 });
  const rows = Array.from({ length: 10 }, (_, n) => ({ key: `k${n}`, operation: SPEECH, text: 'hello' }));
  const speeches = await own.client.startBatch({ id: 'refused', rows });
  await untilSpeechIsHeld(own, 'PROVIDER_UNREACHABLE');
  expect(pickCounts(await pictures.result())).toEqual({ succeeded: 150 });
  const refused = rig.emulator.ledger().refusals.filter(({ at }) => at >= since);
  expect(refused.length).toBeLessThanOrEqual(60);
  rig.emulator.clearScripts();
  await own.client.account().resume();
  expect(pickCounts(await speeches.result())).toEqual({ succeeded: 10 });
});
