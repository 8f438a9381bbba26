/** A provider that is out of order: a breaker opens, probes automatically, and no item pays for it with its budget. */
import { formatKey, jobsByKey, pickCounts, startBatch } from '../batch/batch-fixtures';
import { start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { as, refusalsSince, untilAccount } from './accounts';

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
  const { hold } = await untilAccount('it opens', own, ({ hold: now }) => now !== null);
  expect(hold).toMatchObject({ code: 'PROVIDER_UNREACHABLE' });
  await until('the first probe has failed', async () =>
    (await fetchDecisions(own)).includes('held again: PROVIDER_UNREACHABLE'),
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
    await untilAccount('it opens', own, ({ hold }) => hold?.code === code);
    await until('the first probe has failed', async () => (await fetchDecisions(own)).includes(`held again: ${code}`));
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
  await untilAccount('it opens', own, ({ hold }) => hold?.code === 'PROVIDER_UNREACHABLE');
  rig.emulator.clearScripts();
  const made = await Promise.all(images.map((image) => image.result()));
  expect(made.map(({ outcome }) => outcome)).toEqual(Array(8).fill('succeeded'));
  expect((await own.client.account().status()).hold).toBeNull();
});
