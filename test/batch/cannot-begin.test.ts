/** A batch whose pages cannot begin says so, holds nothing, and can be cancelled. */
import { FilesystemStore } from '../../activities/store/folder/filesystem-store';
import { type ResultStore, StoreUnavailable } from '../../activities/store/result-store';
import { start } from '../support/images';
import { type Rig, startRig } from '../support/rig';
import { tempFolder } from '../support/temp-folder';
import { accepted, pickCounts, startBatch, untilStatus, writeBatch } from './batch-fixtures';

/** Batches whose rows cannot be read for now. */
const away = new Set<string>();
/** Batches whose outcomes cannot be written for now. */
const full = new Set<string>();

function withTrouble(real: ResultStore): ResultStore {
  const { batches } = real;
  const troubled: typeof batches = Object.assign(Object.create(batches), {
    readPart: async (...given: Parameters<typeof batches.readPart>) => {
      if (away.has(given[0].batchId)) throw new StoreUnavailable('the store is away');
      return batches.readPart(...given);
    },
    writeOutcomes: async (...given: Parameters<typeof batches.writeOutcomes>) => {
      if (full.has(given[0])) throw new StoreUnavailable('the store is full');
      return batches.writeOutcomes(...given);
    },
  });
  return Object.assign(Object.create(real), { batches: troubled });
}

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ store: withTrouble });
});
afterAll(() => rig.close());

describe('rows that are not in the store of the worker', () => {
  const startElsewhere = (id: string) =>
    startBatch({ client: rig.client, store: tempFolder() }, id, 6, { pageSize: 3 });

  test('pause the batch with the reason, hold no permit, and continue after a resume once they are there', async () => {
    const id = 'elsewhere';
    const batch = await startElsewhere(id);
    const paused = await untilStatus('it is paused', batch, ({ state }) => state === 'paused');
    expect(paused).toMatchObject({ pausedBy: 'store', counts: { waiting: 6, total: 6 } });
    expect(paused.reason).toMatch(/^a page cannot start: cannot read .*it does not exist/);
    expect(await (await start(rig.client, 'beside')).result()).toMatchObject({ outcome: 'succeeded' });
    await writeBatch(rig.store, id, 6, { pageSize: 3 });
    await batch.resume();
    expect(pickCounts(await batch.result())).toEqual({ succeeded: 6 });
    expect(accepted(rig, id)).toBe(6);
  });

  test('do not keep a batch from being cancelled', async () => {
    const batch = await startElsewhere('elsewhere-cancelled');
    await untilStatus('it is paused', batch, ({ state }) => state === 'paused');
    await batch.cancel();
    expect(await batch.result()).toMatchObject({ state: 'cancelled', counts: { cancelled: 6, total: 6 } });
  });
});

test('a worker that has another store with the same rows begins no page, and names both stores', async () => {
  const id = 'two-stores';
  const other = tempFolder();
  await writeBatch(other, id, 6, { pageSize: 3 });
  const store = { identity: await new FilesystemStore(other).identity(), address: other };
  const batch = await startBatch(rig, id, 6, { pageSize: 3, store });
  const paused = await untilStatus('it is paused', batch, ({ state }) => state === 'paused');
  expect(paused).toMatchObject({ pausedBy: 'store', counts: { waiting: 6, total: 6 } });
  expect(paused.reason).toContain(`the worker uses the store ${rig.store}, but the batch was started with ${other}`);
  await rig.stopWorkers();
  await rig.startWorker({ store: other });
  await batch.resume();
  expect(pickCounts(await batch.result())).toEqual({ succeeded: 6 });
  expect(accepted(rig, id)).toBe(6);
  await rig.stopWorkers();
  await rig.startWorker();
});

describe('a store that is away', () => {
  test('is the reason of a batch that runs, which continues automatically', async () => {
    const id = 'away';
    away.add(id);
    const batch = await startBatch(rig, id, 6, { pageSize: 3 });
    const running = await untilStatus('it says why', batch, ({ reason }) => reason !== null);
    expect(running).toMatchObject({ state: 'running', pausedBy: null });
    expect(running.reason).toContain('the store is away');
    away.delete(id);
    const last = await batch.result();
    expect(pickCounts(last)).toEqual({ succeeded: 6 });
    expect(last.reason).toBeNull();
  });

  test('does not keep a batch from being cancelled before it has begun', async () => {
    const id = 'away-cancelled';
    away.add(id);
    const batch = await startBatch(rig, id, 6, { pageSize: 3 });
    await batch.cancel();
    away.delete(id);
    expect(await batch.result()).toMatchObject({ state: 'cancelled', counts: { cancelled: 6, total: 6 } });
    expect(accepted(rig, id)).toBe(0);
  });
});

test('a page that cannot write its outcomes is the reason of a batch that runs', async () => {
  const id = 'full';
  full.add(id);
  const batch = await startBatch(rig, id, 3);
  const running = await untilStatus('it says why', batch, ({ reason }) => reason !== null);
  expect(running.reason).toMatch(/^a page cannot write outcomes; retrying \(attempt \d+\): the store is full/);
  full.delete(id);
  expect(await batch.result()).toMatchObject({ state: 'completed', reason: null, counts: { succeeded: 3 } });
});
