/** The runs of a sampled batch: their budget, redrives, starts that were cut off, and starts at the wrong time. */
import { FilesystemStore } from '../../activities/store';
import { BatchRefusedError, InvalidRequestError } from '../../client';
import { redriveSchema } from '../../gateway/api/answers';
import { deferred } from '../../workflows/domain/base/deferred';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { accepted, formatRowPrompt, inFlight, scriptFor } from './batch-fixtures';
import { expectPaidOnce, keysOf, makeRows } from './sample-rows';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

test('the runs share a budget, and keep settings that are not given anew', async () => {
  const id = 'budgeted';
  const rows = makeRows(id, 12);
  const batch = await rig.client.startBatch({ id, rows, sample: 4, budget: { submissions: 6 }, concurrency: 1 });
  expect(await batch.result()).toMatchObject({ budget: { allowed: { submissions: 6 }, spent: { submissions: 4 } } });
  await rig.client.startBatch({ id, rows });
  const paused = await until('the budget of the whole is used up', async () => {
    const status = await batch.status();
    return status.pausedBy === 'budget' ? status : null;
  });
  expect(paused.reason).toBe('the budget of 6 submissions is used up');
  expect(accepted(rig, id)).toBe(6);
  await batch.set({ budget: { submissions: 12 } });
  expect((await batch.result()).counts).toMatchObject({ succeeded: 12 });
  expectPaidOnce(rig, id, 12);
  const { day } = await rig.client.account().status();
  expect(day.spent.submissions).toBe(rig.emulator.ledger().jobs.length);
});

test('a redrive touches only what was started', async () => {
  const id = 'redriven';
  const rows = makeRows(id, 10, (key) => (key === 'k0' ? '{{MODEL_ERROR x9}}' : ''));
  const batch = await rig.client.startBatch({ id, rows, sample: 3 });
  expect((await batch.result()).counts).toMatchObject({ failed: 1, succeeded: 2, notStarted: 7 });
  const dry = await batch.redrive({ dryRun: true, keys: keysOf(10) });
  expect(redriveSchema.parse({ ...dry, warnings: [] })).toMatchObject({ selected: 1, submissions: 1, notStarted: 7 });
  const edited = makeRows(id, 10);
  expect(await batch.redrive({ rows: edited })).toMatchObject({ selected: 1, notStarted: 7 });
  expect((await batch.result()).counts).toMatchObject({ succeeded: 3, total: 3, notStarted: 7 });
  // Added rows run at once, and the others still wait.
  expect(await batch.add({ rows: [{ ...edited[0], key: 'new', prompt: formatRowPrompt(id, 'new') }] })).toBe(1);
  expect((await batch.result()).counts).toMatchObject({ succeeded: 4, total: 4, notStarted: 7 });
  await rig.client.startBatch({ id, rows });
  expect((await batch.result()).counts).toMatchObject({ succeeded: 11, total: 11 });
});

test('what was written and not started is started by the same command, and by no other one twice', async () => {
  const id = 'killed';
  const rows = makeRows(id, 9);
  const { client } = rig;
  const died = jest.spyOn(client, 'startPlanned').mockRejectedValue(new Error('the process was killed'));
  await expect(client.startBatch({ id, rows, sample: 3 })).rejects.toThrow('killed');
  await expect(client.startBatch({ id, rows, sample: 3 })).rejects.toThrow('killed');
  died.mockRestore();
  expect((await new FilesystemStore(rig.store).batches.readManifest(id))?.redrives).toHaveLength(2);

  expect((await client.startBatch({ id, rows, sample: 3 })).alreadyStarted).toBe(false);
  expect((await client.batch(id).result()).counts).toMatchObject({ succeeded: 3, total: 3, notStarted: 6 });
  await client.startBatch({ id, rows });
  expect((await client.batch(id).result()).counts).toMatchObject({ succeeded: 9, total: 9 });
  expectPaidOnce(rig, id, 9);
});

test('a start that was stopped midway pays nothing again after another process has run the rows', async () => {
  const id = 'overtaken';
  const rows = makeRows(id, 9);
  const { client } = rig;
  await (await client.startBatch({ id, rows, sample: 3 })).result();
  const startPlanned = client.startPlanned.bind(client);
  const woken = deferred();
  const stopped = deferred();
  const start = jest.spyOn(client, 'startPlanned').mockImplementationOnce(async (...given) => {
    stopped.resolve();
    await woken.promise;
    return startPlanned(...given);
  });
  const late = client.startBatch({ id, rows });
  await stopped.promise;
  await (await client.startBatch({ id, rows })).result();
  woken.resolve();
  const overtaken = await late;
  start.mockRestore();
  const paused = await until('the late run is paused', async () => {
    const status = await overtaken.status();
    return status.state === 'paused' ? status : null;
  });
  expect(paused.reason).toMatch(/a later run of the batch .* cancel/);
  await overtaken.cancel();
  await overtaken.result();
  expectPaidOnce(rig, id, 9);
  const outcomes: string[] = [];
  for await (const { outcome } of overtaken.results()) outcomes.push(outcome);
  expect(outcomes).toEqual(Array(9).fill('succeeded'));
});

test('while a sample runs it is found, and the rest has to wait', async () => {
  const id = 'running';
  const rows = makeRows(id, 6);
  scriptFor(rig, id, null, { jobMs: 60_000 });
  const batch = await rig.client.startBatch({ id, rows, sample: 2 });
  await until('the sample is in flight', () => inFlight(rig, id) === 2);
  expect((await rig.client.startBatch({ id, rows, sample: 2 })).alreadyStarted).toBe(true);
  await expect(rig.client.startBatch({ id, rows, sample: 3 })).rejects.toThrow(
    'it is running; rows that are not started yet can be started when it has ended',
  );
  await expect(rig.client.startBatch({ id, rows })).rejects.toThrow(BatchRefusedError);
  expect((await batch.status()).counts).toMatchObject({ running: 2, total: 2, notStarted: 4 });
  await rig.client.temporal.workflow.getHandle(id).terminate();
  await rig.client.temporal.workflow.getHandle(`${id}/page-000001`).terminate();
  await rig.client.startBatch({ id, rows });
  await until('only the rest is in flight', () => accepted(rig, id) === 6);
  await rig.client.temporal.workflow.getHandle(id).terminate();
});

test('a batch that was started as a whole has no sample, and a bad size starts nothing', async () => {
  const id = 'not-sampled';
  const rows = makeRows(id, 2);
  const batch = await rig.client.startBatch({ id, rows });
  await batch.result();
  await expect(rig.client.startBatch({ id, rows, sample: 1 })).rejects.toThrow('started with all of its rows');
  await expect(rig.client.startBatch({ id: 'other', rows, sample: 0 })).rejects.toThrow(InvalidRequestError);
  expect(accepted(rig, id)).toBe(2);
});
