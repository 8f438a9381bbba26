/** Batches of a backend service: started from rows, followed, changed, redriven and listed by the library alone. */
import {
  type BatchHandle,
  BatchRefusedError,
  type BatchRow,
  IdTakenError,
  InvalidRequestError,
  InvalidRowsError,
  ManifestNotFoundError,
} from '../../client';
import { type Rig, startRig } from '../support/rig';
import { until } from '../support/until';
import { accepted, inFlight, listResults, pickCounts, scriptFor } from './batch-fixtures';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
});

afterAll(() => rig.close());

/** Rows whose prompts name their batch, so that the emulator can tell them apart. */
function makeRows(id: string, keys: readonly string[], more: Readonly<Record<string, string>> = {}): BatchRow[] {
  return keys.map((key) => ({
    key,
    prompt: `a picture of ${key} for the batch ${id}. ${more[key] ?? ''}`,
    width: 32,
    height: 32,
  }));
}

async function readOutcomes(batch: BatchHandle, follow: boolean): Promise<readonly string[]> {
  const ended: string[] = [];
  for await (const { key, outcome } of batch.results({ follow })) ended.push(`${key} ${outcome}`);
  return ended.sort();
}

test('a batch is started from a generator, followed to its end, and redriven', async () => {
  async function* rows(): AsyncGenerator<BatchRow> {
    yield* makeRows('spring', ['a', 'b', 'c'], { b: '{{MODEL_ERROR x9}}' });
  }
  const batch = await rig.client.startBatch({ id: 'spring', rows: rows(), concurrency: 2, maxFailures: '90%' });
  expect(batch).toMatchObject({ id: 'spring', alreadyStarted: false });
  expect(await readOutcomes(batch, true)).toEqual(['a succeeded', 'b failed', 'c succeeded']);
  expect(await batch.result()).toMatchObject({ state: 'completed', counts: { succeeded: 2, failed: 1, total: 3 } });

  const edited = makeRows('spring', ['b']);
  expect(await batch.redrive({ outcomes: ['failed'], codes: ['MODEL_ERROR'], rows: edited })).toEqual({
    id: 'spring',
    selected: 1,
    submissions: 1,
    reused: 0,
    fetched: 0,
    possiblyPaid: 0,
    leftUnknown: 0,
  });
  expect(await readOutcomes(batch, true)).toEqual(['a succeeded', 'b succeeded', 'c succeeded']);
  expect(await batch.redrive()).toMatchObject({ selected: 0 });
  for (const follow of [false, true]) {
    const { value, done = false } = await batch.results({ follow, after: 'b' }).next();
    expect([value?.key, done]).toEqual(['c', false]);
    expect((await batch.results({ follow, after: 'c' }).next()).done).toBe(true);
    await expect(batch.results({ follow, after: 'nothing' }).next()).rejects.toThrow(
      'after is "nothing", which no item of the batch has',
    );
  }
});

test('rows are added to a batch that has ended, unless a row differs from that of its key', async () => {
  const id = 'growing';
  const batch = await rig.client.startBatch({ id, rows: makeRows(id, ['a', 'b']) });
  await batch.result();
  expect(await batch.add({ rows: makeRows(id, ['b', 'c', 'd']), concurrency: 1 })).toBe(2);
  expect(await readOutcomes(batch, true)).toEqual(['a succeeded', 'b succeeded', 'c succeeded', 'd succeeded']);
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 4 });
  expect(await batch.add({ rows: makeRows(id, ['d', 'a']) })).toBe(0);
  const changed = makeRows(id, ['c', 'e'], { c: 'now at night' });
  await expect(batch.add({ rows: changed })).rejects.toThrow(BatchRefusedError);
  await expect(batch.add({ rows: [{ key: 'e' }] })).rejects.toThrow(InvalidRowsError);
  await expect(batch.add({ rows: [], concurrency: 0 })).rejects.toThrow(/^concurrency is 0/);
  await expect(rig.client.batch('nowhere').add({ rows: changed })).rejects.toThrow(ManifestNotFoundError);
  expect(await listResults(rig, id)).toHaveLength(4);
});

test('results of a batch that has ended need no server', async () => {
  const id = 'kept';
  const batch = await rig.client.startBatch({ id, rows: makeRows(id, ['a', 'b']) });
  await batch.result();
  const { workflowService } = rig.client.temporal;
  const asked = jest.spyOn(workflowService, 'describeWorkflowExecution');
  expect(await readOutcomes(batch, true)).toEqual(['a succeeded', 'b succeeded']);
  expect(await readOutcomes(batch, false)).toEqual(['a succeeded', 'b succeeded']);
  expect(asked).not.toHaveBeenCalled();
  asked.mockRestore();
});

test('the same id finds the same rows, and refuses others', async () => {
  const id = 'once';
  const rows = makeRows(id, ['a', 'b']);
  const [first, second] = [await rig.client.startBatch({ id, rows }), await rig.client.startBatch({ id, rows })];
  expect([first.alreadyStarted, second.alreadyStarted]).toEqual([false, true]);
  const other = rig.client.startBatch({ id, rows: makeRows(id, ['a', 'c']) });
  await expect(other).rejects.toThrow(IdTakenError);
  await expect(other).rejects.toThrow('1 row is gone (b), 1 row is new (c)');
  expect(await first.result()).toMatchObject({ counts: { succeeded: 2 } });
  expect(accepted(rig, id)).toBe(2);
});

test('without an id the rows are the name', async () => {
  const rows = makeRows('nameless', ['a']);
  const first = await rig.client.startBatch({ rows });
  const second = await rig.client.startBatch({ rows });
  expect(second).toMatchObject({ id: first.id, alreadyStarted: true });
  await first.result();
});

test('rows that are not valid start nothing and write nothing', async () => {
  const id = 'bad';
  const [good, bad] = [makeRows(id, ['a']), makeRows(id, ['b']).map((row) => ({ ...row, width: 5_000 }))];
  const error: unknown = await rig.client
    .startBatch({ id, rows: [...good, ...bad] })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(InvalidRowsError);
  expect((error as InvalidRowsError).plan.problems).toEqual([
    expect.objectContaining({ index: 1, key: 'b', field: 'width' }),
  ]);
  expect(String(error)).toContain('rows[1] (b).width is 5000; must be');
  await expect(rig.client.batch(id).results().next()).rejects.toThrow(ManifestNotFoundError);

  const batch = await rig.client.startBatch({ id, rows: [...good, ...bad], skipInvalid: true });
  expect(await batch.result()).toMatchObject({ counts: { succeeded: 1, skipped: 1, total: 1 } });
});

test('every problem of the settings is told before a row is read', async () => {
  const rows: Iterable<BatchRow> = {
    [Symbol.iterator]: () => {
      throw new Error('nobody may read rows');
    },
  };
  const error = rig.client.startBatch({
    id: '../x',
    rows,
    concurrency: 0,
    weight: 5_000,
    budget: { cost: 5 },
    maxFailures: 'few',
    deadlineMs: -1,
  });
  await expect(error).rejects.toThrow(InvalidRequestError);
  await expect(error).rejects.toThrow(
    /^id is .*\nconcurrency is 0.*\nweight is 5000.*\nmaxFailures is "few".*\ndeadlineMs is -1.*\nbudget.cost requires a price/,
  );
});

test('limits and weight change while it runs, and the governor hears of the weight', async () => {
  const id = 'changed';
  scriptFor(rig, id, null, { jobMs: 60_000 });
  const batch = await rig.client.startBatch({ id, rows: makeRows(id, ['a', 'b', 'c', 'd']), concurrency: 1 });
  await until('one job is in flight', () => inFlight(rig, id) === 1);
  await batch.set({ concurrency: 3, weight: 4, maxFailures: 2, budget: { submissions: 9 } });
  await until('three jobs are in flight', () => inFlight(rig, id) === 3);
  const fetchWeight = async () =>
    (await rig.client.account().status()).holders.find((holder) => holder.id === id)?.weight;
  await until('the governor knows the weight', async () => (await fetchWeight()) === 4);
  expect((await batch.status()).budget?.allowed).toMatchObject({ submissions: 9, cost: null });
  await expect(batch.set({ concurrency: 0, weight: 0 })).rejects.toThrow(/^concurrency is 0.*\nweight is 0/);
  await expect(batch.set({ budget: { cost: 1 } })).rejects.toThrow('budget.cost requires prices');
  await expect(batch.redrive()).rejects.toThrow(BatchRefusedError);
  const running: string[] = [];
  for await (const listed of rig.client.listBatches({ state: 'running' })) running.push(listed.id);
  expect(running).toEqual([id]);
  await rig.client.temporal.workflow.getHandle(id).terminate();
});

test('batches are listed by state, each once, the newest first', async () => {
  const id = 'listed';
  const batch = await rig.client.startBatch({ id, rows: makeRows(id, ['a'], { a: '{{MODEL_ERROR x9}}' }) });
  await batch.result();
  await batch.redrive();
  await batch.result();
  const listed = async (): Promise<readonly string[]> => {
    const ids: string[] = [];
    for await (const one of rig.client.listBatches({ state: 'completed' })) ids.push(one.id);
    return ids;
  };
  await until('the list knows its end', async () => (await listed())[0] === id);
  expect((await listed()).filter((one) => one === id)).toEqual([id]);
  await expect(rig.client.listBatches({ state: 'done' as never }).next()).rejects.toThrow('state is "done"; must be');
});

test('a redrive names what is wrong with it, and keys that are not in the batch', async () => {
  const id = 'strange';
  const batch = await rig.client.startBatch({ id, rows: makeRows(id, ['a']) });
  await batch.result();
  await expect(batch.redrive({ outcomes: ['done' as never], concurrency: 0 })).rejects.toThrow(
    /outcomes is "done"; must be one of failed, cancelled, unknown, succeeded\nconcurrency is 0/,
  );
  await expect(batch.redrive({ keys: ['b'] })).rejects.toThrow('keys has keys that are not in the batch "strange": b');
  expect(pickCounts(await batch.status())).toEqual({ succeeded: 1 });
  expect(await listResults(rig, id)).toHaveLength(1);
});

test('a batch that has completed needs no worker to say so', async () => {
  const id = 'over';
  const batch = await rig.client.startBatch({ id, rows: makeRows(id, ['a', 'b']) });
  const last = await batch.result();
  await rig.stopWorkers();
  expect(await batch.status()).toEqual(last);
});
