/** What a batch may spend is set aside before it is spent, so that no cap is ever passed. */
import { accepted, countsOf, jobsByKey, startBatch, untilStatus } from '../batch/planted';
import { runCli } from '../cli/cli-process';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';

jest.setTimeout(60_000);

const folder = tempFolder();
let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: 150, sigma: 0 } } });
});
afterAll(() => rig.close());

const cli = (...args: readonly string[]) =>
  runCli(args, folder, { TEMPORAL_ADDRESS: rig.server.address, IMAGEPIPELINE_STORE: rig.store });

/** Every tenth item fails once. */
const tenth = (number: number) => (number % 10 === 4 ? '{{MODEL_ERROR x1}}' : '');
const paused = (id: string) =>
  untilStatus(
    'the budget pauses it',
    rig.client.batch(id),
    ({ pausedBy, counts }) => pausedBy === 'budget' && counts.running === 0,
  );

test('25 submissions for 100 items: not one more is accepted, and more of them let it go on', async () => {
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
  expect(countsOf(await batch.result())).toEqual({ succeeded: 100 });
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
  await batch.setBudget({ cost: 10 });
  expect(countsOf(await batch.result())).toEqual({ succeeded: 40 });
});

test('a redrive counts anew', async () => {
  const id = 'again';
  const asking = (number: number) => (number < 8 ? '{{TIMEOUT x3}}' : '');
  const first = await startBatch(rig, id, 20, { asking, concurrency: 10 });
  expect(countsOf(await first.result())).toEqual({ succeeded: 12, failed: 8 });
  const before = accepted(rig, id);
  const args = ['redrive', id, '--budget-submissions', '5', '--concurrency', '10', '--detach'];
  expect((await cli(...args)).code).toBe(0);
  expect((await paused(id)).budget).toMatchObject({ spent: { submissions: 5 } });
  expect(accepted(rig, id)).toBe(before + 5);
  await rig.client.batch(id).setBudget({ submissions: null });
  expect(countsOf(await rig.client.batch(id).result())).toEqual({ succeeded: 20 });
});
