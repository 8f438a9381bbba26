/** Credits and budgets that end in the middle of a thousand items: what stops, what it costs, and what continues. */
import { accepted, jobsByKey, pickCounts, startBatch, untilStatus } from '../batch/batch-fixtures';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { as, refusalsSince } from './accounts';

const ITEMS = 1_000;
/** Long beside what a busy machine takes for a message or two. */
const JOB_MS = 3_000;
const AT_ONCE = 100;
const RICH = 1_000_000;

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: JOB_MS, sigma: 0 } } });
});
afterAll(() => rig.close());

/** In steps, for each of which there is patience. */
async function untilAccepted(id: string, count: number): Promise<void> {
  for (let step = AT_ONCE; step < count; step += AT_ONCE) {
    await until(`${step} are accepted`, () => accepted(rig, id) >= step);
  }
}

test('credits run out at item 300 of 1,000: held within a job time, none fails, each is paid once', async () => {
  const [id, paid] = ['credits', 300];
  rig.emulator.setLimits({ credits: paid });
  const own = await as(rig, id);
  const batch = await startBatch(own, id, ITEMS, { concurrency: AT_ONCE });
  await untilAccepted(id, paid);
  const held = await untilStatus(
    'the batch waits',
    batch,
    ({ pausedBy, counts }) => pausedBy === 'account' && counts.running === 0,
  );
  expect(held).toMatchObject({ state: 'paused', hold: { code: 'INSUFFICIENT_CREDITS' } });
  expect(pickCounts(held)).toEqual({ succeeded: paid, waiting: ITEMS - paid });

  const met = rig.emulator.ledger().refusals;
  expect(met.length).toBeLessThanOrEqual(AT_ONCE);
  expect(Date.parse(held.hold?.since ?? '') - (met[0]?.at ?? 0)).toBeLessThanOrEqual(JOB_MS);

  const resumedAt = Date.now();
  rig.emulator.setLimits({ credits: RICH });
  await own.client.account().resume();
  expect(pickCounts(await batch.result())).toEqual({ succeeded: ITEMS });
  expect(refusalsSince(rig, resumedAt)).toBe(0);
  const jobs = [...jobsByKey(rig, id).values()];
  expect(jobs).toHaveLength(ITEMS);
  expect(jobs.filter(({ length }) => length !== 1)).toEqual([]);
});

test('250 submissions for 1,000 items of which a tenth fails once: not one more is accepted, and more let all end', async () => {
  const [id, allowed, failing] = ['budget', 250, ITEMS / 10];
  rig.emulator.setLimits({ credits: null });
  const own = await as(rig, id);
  const batch = await startBatch(own, id, ITEMS, {
    concurrency: AT_ONCE,
    budget: { submissions: allowed, cost: null, duplicates: 0 },
    asking: (number) => (number % 10 === 4 ? '{{MODEL_ERROR x1}}' : ''),
  });
  await untilAccepted(id, allowed);
  const paused = await untilStatus(
    'the budget pauses it',
    batch,
    ({ pausedBy, counts }) => pausedBy === 'budget' && counts.running === 0,
  );
  expect(paused.reason).toBe('the budget of 250 submissions is used up');
  expect(paused.counts.failed).toBe(0);
  expect(accepted(rig, id)).toBe(allowed);

  await batch.set({ budget: { submissions: ITEMS + failing } });
  expect(pickCounts(await batch.result())).toEqual({ succeeded: ITEMS });
  expect(accepted(rig, id)).toBe(ITEMS + failing);
});
