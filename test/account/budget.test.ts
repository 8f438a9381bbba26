/** What a batch may spend is set aside before it is spent, so that no cap is ever passed. */
import { accepted, jobsByKey, pickCounts, startBatch, untilStatus } from '../batch/batch-fixtures';
import { runInside } from '../cli/cli-inside';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { as, getGovernor, jobsSince, untilAccount } from './accounts';

const folder = tempFolder();
let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: 150, sigma: 0 } } });
});
afterAll(() => rig.close());

const runWith = (env: Readonly<Record<string, string>>, ...args: readonly string[]) =>
  runInside(args, folder, { ...rig.server.env, IMAGEPIPELINE_STORE: rig.store, ...env });
const cli = (...args: readonly string[]) => runWith({}, ...args);

/** Every tenth item fails once. */
const tenth = (number: number) => (number % 10 === 4 ? '{{MODEL_ERROR x1}}' : '');
const paused = (id: string) =>
  untilStatus(
    'the budget pauses it',
    rig.client.batch(id),
    ({ pausedBy, counts }) => pausedBy === 'budget' && counts.running === 0,
  );

test('25 submissions for 100 items: not one more is accepted, and more of them let it continue', async () => {
  const id = 'counted';
  const budget = { submissions: 25, cost: null, duplicates: 0 };
  const batch = await startBatch(rig, id, 100, { budget, asking: tenth, pageSize: 40, concurrency: 10 });
  const status = await paused(id);
  expect(status).toMatchObject({ state: 'paused', reason: 'the budget of 25 submissions is used up' });
  expect(status.budget).toMatchObject({ allowed: budget, spent: { submissions: 25 } });
  expect(accepted(rig, id)).toBe(25);
  expect(status.counts.failed).toBe(0);
  expect((await cli('budget', id, '60')).code).toBe(0);
  expect(await paused(id)).toMatchObject({ reason: 'the budget of 60 submissions is used up' });
  expect(accepted(rig, id)).toBe(60);
  expect((await cli('budget', id, 'none')).code).toBe(0);
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 100 });
  expect(accepted(rig, id)).toBe(110);
});

test('a budget of money counts what is charged or may be, by the prices given', async () => {
  const id = 'priced';
  const batch = await startBatch(rig, id, 40, {
    budget: { submissions: null, cost: 0.3, duplicates: 0 },
    prices: { 'generate/image': 0.02 },
    asking: tenth,
    concurrency: 10,
    pageSize: 15,
  });
  const status = await paused(id);
  expect(status.reason).toMatch(/^the budget of 0.3 is used up: 0.3 is spent/);
  const jobs = [...jobsByKey(rig, id).values()].flat();
  expect(jobs.filter(({ charged }) => charged)).toHaveLength(15);
  await batch.set({ budget: { cost: 10 } });
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 40 });
});

test('a budget of money pays for each operation at its own price, as far as it reaches', async () => {
  const prices = { 'generate/image': 0.1, 'generate/speech': 1 } as const;
  const rows = Array.from({ length: 24 }, (_, n) =>
    n < 12
      ? { key: `k${n}`, operation: 'generate/speech' as const, text: 'hello' }
      : { key: `k${n}`, operation: 'generate/image' as const, prompt: 'a fox', width: 32, height: 32 },
  );
  const since = Date.now();
  const batch = await rig.client.startBatch({
    id: 'mixed-prices',
    rows,
    prices,
    budget: { cost: 4.5 },
    concurrency: 4,
  });
  const status = await paused('mixed-prices');
  // Four at 1 and five at 0.1. At the highest price for each, the last half would not have been spent.
  expect(status.cost).toBeCloseTo(4.5);
  expect(status.counts).toMatchObject({ succeeded: 9, failed: 0 });
  expect(jobsSince(rig, since)).toHaveLength(9);
  await batch.set({ budget: { cost: 20 } });
  const last = await batch.result();
  expect(pickCounts(last)).toEqual({ succeeded: 24 });
  expect(last.cost).toBeCloseTo(13.2);
});

test('a redrive counts anew', async () => {
  const id = 'again';
  const asking = (number: number) => (number < 8 ? '{{TIMEOUT x3}}' : '');
  const first = await startBatch(rig, id, 20, { asking, concurrency: 10 });
  expect(pickCounts(await first.result())).toEqual({ succeeded: 12, failed: 8 });
  const before = accepted(rig, id);
  const args = ['redrive', id, '--budget-submissions', '5', '--concurrency', '10', '--detach'];
  expect((await cli(...args)).code).toBe(0);
  expect((await paused(id)).budget).toMatchObject({ spent: { submissions: 5 } });
  expect(accepted(rig, id)).toBe(before + 5);
  await rig.client.batch(id).set({ budget: { submissions: null } });
  expect(pickCounts(await rig.client.batch(id).result())).toEqual({ succeeded: 20 });
});

describe('a budget of the account for the day', () => {
  const DAY_MS = 24 * 60 * 60_000;
  /** A test that midnight cuts in two would have two days to spend. */
  const awayFromMidnight = () => {
    const leftMs = DAY_MS - (Date.now() % DAY_MS);
    return leftMs > 60_000 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, leftMs + 1_000));
  };
  const heldBatch = (desk: Rig, id: string) =>
    untilStatus(
      'the day is used up',
      desk.client.batch(id),
      ({ hold, counts }) => hold?.code === 'DAY_BUDGET_USED' && counts.running === 0,
    );

  test('is shared by batches and images, never passed, and can be given more', async () => {
    await awayFromMidnight();
    const since = Date.now();
    const batchCli = await as(rig, 'capped');
    const budget = (...flags: readonly string[]) =>
      runWith({ IMAGEPIPELINE_ACCOUNT: 'capped' }, 'account', 'budget', ...flags);
    const { client } = batchCli;
    await client.account().set({ budget: { submissions: 30 } });
    const image = await client.startImage({ id: 'within', request: { prompt: 'first' } });
    await image.result();
    const batches = [
      await startBatch(batchCli, 'day-one', 60, { asking: tenth, pageSize: 25 }),
      await startBatch(batchCli, 'day-two', 60, { asking: tenth, pageSize: 25 }),
    ];
    const [one, two] = [await heldBatch(batchCli, 'day-one'), await heldBatch(batchCli, 'day-two')];
    for (const status of [one, two]) expect(status).toMatchObject({ state: 'paused', pausedBy: 'account' });
    expect(one.reason).toMatch(/DAY_BUDGET_USED\. The account may spend 30 submissions a day \(UTC\)/);
    expect(jobsSince(rig, since)).toHaveLength(30);

    const refused = await client.startImage({ id: 'beyond', request: { prompt: 'late' } });
    await expect(refused.result()).rejects.toMatchObject({
      code: 'DAY_BUDGET_USED',
      remedy: expect.stringContaining('imagepipeline account budget'),
    });
    const patient = await client.startImage({ id: 'patient', request: { prompt: 'patient' }, waitWhileHeld: true });
    await untilAccount('it waits', batchCli, ({ holders }) => holders.some(({ id }) => id === 'patient'));
    const { day } = await untilAccount('all is told', batchCli, (status) => status.day.spent.submissions === 30);
    expect(day).toMatchObject({ allowed: { submissions: 30, cost: null }, setAside: { submissions: 0 } });
    expect(jobsSince(rig, since)).toHaveLength(30);

    expect((await budget('--submissions', '70')).code).toBe(0);
    await patient.result();
    await untilAccount('70 are spent', batchCli, ({ day }) => day.spent.submissions === 70);
    await heldBatch(batchCli, 'day-two');
    expect(jobsSince(rig, since)).toHaveLength(70);

    await budget('--submissions', 'none');
    for (const batch of batches) expect(pickCounts(await batch.result())).toEqual({ succeeded: 60 });
    expect(jobsSince(rig, since)).toHaveLength(2 + 66 + 66);
  });

  test('outlives the governor, as long as a holder of permits remembers it', async () => {
    await awayFromMidnight();
    const batchCli = await as(rig, 'remembered');
    await batchCli.client.account().set({ budget: { submissions: 20 } });
    const batch = await startBatch(batchCli, 'remembers', 40, { patienceMs: 500 });
    await heldBatch(batchCli, 'remembers');
    await getGovernor(batchCli).terminate('by an operator');
    await untilAccount('it is known again', batchCli, ({ day }) => day.allowed?.submissions === 20);
    expect(accepted(rig, 'remembers')).toBe(20);
    await batchCli.client.account().set({ budget: { submissions: 45 } });
    expect(pickCounts(await batch.result())).toEqual({ succeeded: 40 });
  });
});
