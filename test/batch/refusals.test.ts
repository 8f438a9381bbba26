/** What a batch refuses to be told, from whatever side it comes; nothing changes by it. */
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { BatchNotFoundError, BatchRefusedError, ItemNotFoundError } from '../../connection/errors';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { inFlight, listResults, startBatch } from './batch-fixtures';

const ID = 'refusing';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ emulator: { jobTime: { medianMs: 300, sigma: 0 } } });
  rig.emulator.script({ match: { promptIncludes: `for the batch ${ID}.` }, then: { never: true } });
  await startBatch(rig, ID, 6, { concurrency: 2 });
  await until('jobs are in flight', () => inFlight(rig, ID) === 2);
});
afterAll(() => rig.close());

/** As from Temporal UI, where anything can be typed. */
async function typed(update: string, args: readonly unknown[]): Promise<string> {
  const workflow = rig.client.temporal.workflow.getHandle(ID);
  const sent = workflow.executeUpdate(update, { args: args as [unknown] });
  const error: unknown = await sent.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
  return (error as WorkflowUpdateFailedError).cause?.message ?? '';
}

test.each([
  ['set', [{ concurrency: 0 }], 'concurrency is 0; must be a whole number from 1 to 10000'],
  ['set', [{ concurrency: 1.5 }], 'whole number from 1 to 10000'],
  ['set', [{ concurrency: 'many' }], '"many"'],
  ['set', [{ concurrency: 10_001 }], 'whole number from 1 to 10000'],
  ['set', [{ maxFailures: 'lots', weight: 0 }], '"lots"'],
  ['set', [{ maxFailures: 'lots', weight: 0 }], 'weight is 0; must be a number from 0.1 to 1000'],
  ['set', [{ maxFailures: 5 }], 'like 12 or 5%'],
  ['set', [{ maxFailures: '101%' }], 'like 12 or 5%'],
  ['set', [{ budget: 5 }], 'budget is 5'],
  ['set', [{ budget: { cost: 1 } }], 'budget.cost requires prices'],
  ['set', [{ speed: 2 }], 'speed is not known'],
  ['set', [{}], 'is empty'],
  ['set', [], 'must be an object'],
  ['pause', [{ a: 1 }], 'must be a text'],
  ['pause', [['a text']], 'must be a text'],
] as const)('the update %s with %j is refused with words', async (update, args, words) => {
  const before = await rig.client.batch(ID).status();
  expect(await typed(update, args)).toContain(words);
  const { updatedAt: _now, ...after } = await rig.client.batch(ID).status();
  expect(before).toMatchObject(after);
});

test('every update and query says in Temporal UI what it is for', async () => {
  const { queryDefinitions, updateDefinitions } = await fetchDefinitions();
  const own = [...queryDefinitions, ...updateDefinitions].filter(({ name }) => !name.startsWith('__'));
  expect(own.map(({ name }) => name).sort()).toEqual(['batchState', 'cancel', 'pause', 'resume', 'set']);
  expect(own.filter(({ description }) => !description)).toEqual([]);
});

interface Definition {
  readonly name: string;
  readonly description?: string;
}

async function fetchDefinitions(): Promise<Record<'queryDefinitions' | 'updateDefinitions', readonly Definition[]>> {
  const handle = rig.client.temporal.workflow.getHandle(ID);
  const { definition } = await handle.query<{
    definition: Record<'queryDefinitions' | 'updateDefinitions', readonly Definition[]>;
  }>('__temporal_workflow_metadata');
  return definition;
}

test('a batch that is not there is called so by every control', async () => {
  const stranger = rig.client.batch('stranger');
  await expect(stranger.status()).rejects.toThrow(BatchNotFoundError);
  await expect(stranger.pause()).rejects.toThrow(BatchNotFoundError);
  await expect(stranger.result()).rejects.toThrow(BatchNotFoundError);
});

test('what has another kind of id is neither a batch nor an image', async () => {
  const { id } = await rig.client.startImage({ request: { prompt: 'no batch' } });
  await expect(rig.client.batch(id).status()).rejects.toThrow(BatchNotFoundError);
  await expect(rig.client.item(ID).status()).rejects.toThrow(ItemNotFoundError);
});

describe('a batch that is being cancelled', () => {
  beforeAll(() => rig.client.batch(ID).cancel());

  test.each(['pause', 'resume'] as const)('refuses the %s, since it cannot be undone', async (control) => {
    await expect(rig.client.batch(ID)[control]()).rejects.toThrow('is being cancelled');
  });

  test('takes a second cancel as the first', async () => {
    expect(await rig.client.batch(ID).cancel()).toMatchObject({ reason: 'cancelled by request', finishedAt: null });
  });

  afterAll(() => rig.client.temporal.workflow.getHandle(ID).terminate());
});

test('a batch whose coordinator was terminated is called failed, with the reason', async () => {
  expect(await rig.client.batch(ID).result()).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('terminated'),
  });
});

describe('a batch that has ended', () => {
  beforeAll(async () => {
    await (await startBatch(rig, 'over', 3)).result();
  });

  test.each([
    { control: 'pause', send: () => rig.client.batch('over').pause() },
    { control: 'resume', send: () => rig.client.batch('over').resume() },
    { control: 'cancel', send: () => rig.client.batch('over').cancel() },
    { control: 'set', send: () => rig.client.batch('over').set({ concurrency: 5 }) },
  ])('refuses $control with the reason that it has ended', async ({ send }) => {
    const error: unknown = await send().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BatchRefusedError);
    expect(String(error)).toContain('has ended');
  });

  test('still tells its status and its results', async () => {
    expect(await rig.client.batch('over').status()).toMatchObject({ state: 'completed', counts: { succeeded: 3 } });
    expect(await listResults(rig, 'over')).toHaveLength(3);
  });
});
