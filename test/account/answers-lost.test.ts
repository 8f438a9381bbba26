/** Submissions are accepted and their answers lost: after a handful nothing more is sent by any holder. */
import { accepted, listResults, pickCounts, startBatch, untilStatus } from '../batch/batch-fixtures';
import { catchError, start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { as, jobsSince, untilAccount } from './accounts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: 300, sigma: 0.3 } } });
});
afterEach(() => rig.emulator.clearScripts());
afterAll(() => rig.close());

const RESET = { fault: 'reset-after-accept', on: 'submit' } as const;
/** Of a front that does not say whether the provider has it. */
const BAD_GATEWAY = { status: 502, body: '<html>502 Bad Gateway</html>' } as const;
const isHeld = ({ hold }: { readonly hold: { readonly code: string } | null }) => hold?.code === 'ANSWERS_LOST';
const loseAnswers = (id: string) =>
  rig.emulator.script({ match: { promptIncludes: `for the batch ${id}.` }, then: RESET });
const postsSince = (since: number) => rig.emulator.ledger().posts.filter(({ at }) => at >= since).length;

test('of 200 rows at most ten are paid, with the reason everywhere; with the cause gone a resume makes the rest', async () => {
  const [own, id] = [await as(rig, 'all-lost'), 'all-lost'];
  loseAnswers(id);
  const batch = await startBatch(own, id, 200, { concurrency: null });
  const { holds } = await untilAccount('it is held', own, isHeld);
  expect(holds).toMatchObject([{ operation: null, code: 'ANSWERS_LOST', until: null }]);
  const status = await untilStatus('it rests', batch, ({ state }) => state === 'paused');
  expect(status).toMatchObject({ pausedBy: 'account', hold: { code: 'ANSWERS_LOST' } });
  expect(status.reason).toMatch(/ANSWERS_LOST.*between the workers and the API/);
  expect(await catchError(await start(own.client, 'new-one'))).toMatchObject({
    code: 'ANSWERS_LOST',
    scope: 'account',
  });
  await until('the first probe was lost, too', async () => accepted(own, id) > 5);
  await untilAccount('it is held again', own, ({ decisions }) =>
    decisions.some(({ words }) => words === 'held again: ANSWERS_LOST'),
  );
  expect(accepted(own, id)).toBeLessThanOrEqual(7);
  rig.emulator.clearScripts();
  await own.client.account().resume();
  const last = await batch.result();
  expect(last.counts.succeeded + last.counts.unknown).toBe(200);
  expect(last.counts.unknown).toBeLessThanOrEqual(10);
  expect(accepted(own, id)).toBe(200);
  expect((await listResults(own, id)).filter(({ outcome }) => outcome === 'unknown')).toHaveLength(last.counts.unknown);
});

test('behind 100 good ones at most ten more are paid', async () => {
  const [own, id] = [await as(rig, 'later-lost'), 'later-lost'];
  const batch = await startBatch(own, id, 300, { concurrency: 10 });
  await until('100 have ended', async () => (await batch.status()).counts.succeeded >= 100);
  const since = Date.now();
  loseAnswers(id);
  await untilAccount('it is held', own, isHeld);
  expect(jobsSince(own, since).length).toBeLessThanOrEqual(10);
  rig.emulator.clearScripts();
  await own.client.account().resume();
  const last = await batch.result();
  expect(last.counts.succeeded + last.counts.unknown).toBe(300);
});

test('a 502 that leaves open whether it was accepted does the same, in several batches and single items together', async () => {
  const own = await as(rig, 'gateway');
  rig.emulator.script({ then: BAD_GATEWAY });
  const since = Date.now();
  const batches = await Promise.all(['bad-1', 'bad-2'].map((id) => startBatch(own, id, 60, { concurrency: null })));
  const images = await Promise.all(Array.from({ length: 10 }, (_, n) => start(own.client, `bad-image-${n}`)));
  await untilAccount('it is held', own, isHeld);
  await Promise.all(batches.map((batch) => untilStatus('it rests', batch, ({ state }) => state === 'paused')));
  expect(postsSince(since)).toBeLessThanOrEqual(10);
  rig.emulator.clearScripts();
  await own.client.account().resume();
  const last = await Promise.all(batches.map((batch) => batch.result()));
  expect(last.map(({ counts }) => counts.succeeded + counts.unknown)).toEqual([60, 60]);
  const ends = await Promise.all(
    images.map((image) =>
      image.result().then(
        ({ outcome }) => outcome,
        (error: { code: string }) => error.code,
      ),
    ),
  );
  // Those that came when it was held already were refused.
  expect(ends.filter((end) => !['succeeded', 'SUBMIT_OUTCOME_UNKNOWN', 'ANSWERS_LOST'].includes(end))).toEqual([]);
});

test('one lost answer among good ones causes no hold', async () => {
  const [own, id] = [await as(rig, 'one-lost'), 'one-lost'];
  rig.emulator.script({ match: { promptIncludes: `for the batch ${id}.` }, times: 2, then: RESET });
  const batch = await startBatch(own, id, 40, { concurrency: 4 });
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 38, unknown: 2 });
  expect((await own.client.account().status()).decisions.filter(({ words }) => /held/.test(words))).toEqual([]);
});
