/** What every store promises about its contents: sizes, and deletion. The same tests over a folder and over a real S3-compatible server. */
import { writeFileSync } from 'node:fs';
import type { ItemResultRow } from '../../../workflows/domain/item/item';
import { MANIFEST_FIELDS } from '../../support/manifest-fields';
import { describeOnS3, s3Server } from './s3-server';
import { folderStore, s3Store, type TestedStore } from './tested-stores';

const server = s3Server();
const { server: SERVER } = MANIFEST_FIELDS;
const PLANNED = { batchId: 'b1', ...MANIFEST_FIELDS, parts: [2], rowsHash: 'a0' };
const ROWS = ['a', 'b'].map((key) => ({ key, operation: 'generate/image' as const, request: { prompt: key } }));

function makeLine(key: string): ItemResultRow {
  return { key, outcome: 'failed', jobId: null, code: 'X', message: 'no', submissions: [] } as unknown as ItemResultRow;
}

function fail(): never {
  throw new Error('the batch has no manifest');
}

async function collect<T>(some: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const one of some) all.push(one);
  return all;
}

describe('a store that is a folder', () => keepsItsPromises(folderStore));
describeOnS3('a store that is on S3', () => keepsItsPromises(() => s3Store(server())));

function keepsItsPromises(make: () => TestedStore): void {
  let tested: TestedStore;

  beforeEach(() => {
    tested = make();
  });

  afterEach(() => tested.close());

  /** Writes a file of each kind that a batch has. */
  async function fillBatch(batchId: string): Promise<void> {
    const { store } = tested;
    const { batches } = store;
    await batches.writePart({ batchId, part: 0, rowsHash: 'a0' }, ROWS);
    await batches.createManifest({ ...PLANNED, batchId });
    await batches.beginPart(batchId, 0, 'run-1', null);
    await batches.writeOutcomes(batchId, 0, 1, [makeLine('a')], 'run-1');
    const place = { folder: `batches/${batchId}/items`, key: 'a' };
    const staged = await store.stage(place, 'job');
    writeFileSync(staged, '0123456789');
    await store.keep({ ...place, path: staged, extension: 'png' });
  }

  test('the files of each batch are counted, and those of the rest by their place', async () => {
    const before = Date.now() - 60_000;
    await fillBatch('b1');
    await fillBatch('b1-2');
    await tested.store.batches.writePart({ batchId: 'b1.x', part: 0, rowsHash: 'a0' }, ROWS);
    const single = { folder: 'items', key: 'x' };
    const staged = await tested.store.stage(single, 'job');
    writeFileSync(staged, '1234');
    await tested.store.keep({ ...single, path: staged, extension: 'png' });
    const { contents } = tested.store;
    const found = await collect(contents.listBatches());
    expect(found.map(({ id, files, hasManifest, isDeleted }) => [id, files, hasManifest, isDeleted])).toEqual([
      ['b1-2', 5, true, false],
      ['b1.x', 1, false, false],
      ['b1', 5, true, false],
    ]);
    const b1 = await contents.measureBatch('b1');
    expect(b1).toEqual(found[2]);
    expect(b1.removable.files).toBe(4);
    expect(b1.bytes).toBeGreaterThan(b1.removable.bytes);
    expect(b1.changedAt).toBeGreaterThan(before);
    expect((await collect(contents.listBatches('b1-'))).map(({ id }) => id)).toEqual(['b1-2']);
    expect((await contents.measureBatch('b')).files).toBe(0);
    const { items, inputs, other } = await contents.measureAreas();
    expect([items, inputs, other].map(({ files, bytes }) => [files, bytes])).toEqual([
      [1, 4],
      [0, 0],
      [0, 0],
    ]);
  });

  test('files of single items are counted by item, whichever ids are similar', async () => {
    const keys = ['a', 'a-b', 'a.v1', 'a1', 'ab', 'b'];
    for (const key of keys) {
      for (const role of [undefined, 'cut', 'step.result']) {
        const named = role === undefined ? {} : { role };
        const staged = await tested.store.stage({ folder: 'items', key, ...named }, 'job');
        writeFileSync(staged, `${key}${role ?? ''}`);
        await tested.store.keep({ folder: 'items', key, ...named, path: staged, extension: 'png' });
      }
    }
    const { contents } = tested.store;
    const found = await collect(contents.listItems());
    expect(found.map(({ id, files }) => `${id} ${files}`).sort()).toEqual(keys.map((key) => `${key} 3`).sort());
    for (const item of found) expect(await contents.findItem(item.id)).toEqual({ ...item, names: item.names });
    expect(await contents.findItem('c')).toBeNull();
    const item = await contents.findItem('a');
    if (item !== null) await contents.removeItem(item);
    expect((await tested.names()).filter((name) => /items\/a[.~]/.test(name))).toEqual([
      'items/a.v1.png',
      'items/a.v1~cut.png',
      'items/a.v1~step.result.png',
    ]);
  });

  test('a deletion and a redrive at the same time want the same number, and one of them gets it', async () => {
    const { batches } = tested.store;
    await fillBatch('b1');
    const manifest = (await batches.readManifest('b1')) ?? fail();
    const run = { parts: [1], rowsHash: 'b0', server: SERVER };
    const won = await Promise.all([
      batches.addDeletion(manifest, 'begun'),
      batches.addRun(manifest, run),
      batches.addDeletion(manifest, 'begun'),
    ]);
    expect(won.filter((isFirst) => isFirst)).toHaveLength(1);
    expect(await batches.isBeingDeleted('b1')).toBe(won[1] === false);
  });

  test('a deletion that has begun is overtaken by a redrive, or withdrawn, or final', async () => {
    const { batches } = tested.store;
    await fillBatch('b1');
    const now = async () => (await batches.readAnyManifest('b1')) ?? fail();
    const begun = await now();
    expect(begun.deletion).toBeUndefined();
    expect(await batches.addDeletion(begun, 'begun')).toBe(true);
    expect([(await now()).deletion?.step, await batches.isBeingDeleted('b1')]).toEqual(['begun', true]);
    expect(await batches.addRun(await now(), { parts: [1], rowsHash: 'b0', server: SERVER })).toBe(true);
    expect([(await now()).deletion?.step, await batches.isBeingDeleted('b1')]).toEqual(['withdrawn', false]);
    expect((await now()).redrives).toEqual([1]);
    expect(await batches.addDeletion(begun, 'begun')).toBe(false);
    for (const step of ['begun', 'withdrawn', 'begun', 'deleted'] as const) {
      expect(await batches.addDeletion(await now(), step)).toBe(true);
    }
    expect((await now()).deletion).toMatchObject({ step: 'deleted', steps: 5 });
    await expect(batches.readManifest('b1')).rejects.toThrow(/"b1" was deleted from the store at 20.*use another id/);
    await expect(batches.createManifest(PLANNED)).rejects.toThrow(/was deleted/);
  });

  test('a deleted batch keeps the record of its id and nothing else, and takes no more writes', async () => {
    const { batches, contents } = tested.store;
    await fillBatch('b1');
    await fillBatch('b10');
    const manifest = (await batches.readManifest('b1')) ?? fail();
    for (const step of ['begun', 'deleted'] as const)
      await batches.addDeletion((await batches.readAnyManifest('b1')) ?? manifest, step);
    await batches.markDeleted('b1');
    await batches.markDeleted('b1');
    const seen: number[] = [];
    const removed = await contents.removeBatch('b1', (files) => void seen.push(files));
    expect([removed.files, seen]).toEqual([4, [4]]);
    const left = async () => (await tested.names()).filter((name) => name.startsWith('batches/b1/'));
    const record = ['deleted.json', 'manifest.json', 'runs/000001.json', 'runs/000002.json'];
    expect(await left()).toEqual(record.map((name) => `batches/b1/${name}`));
    expect(await contents.measureBatch('b1')).toMatchObject({ files: 4, isDeleted: true, removable: { files: 0 } });
    const lost = { key: 'a', run: 'run-1', submission: 1, jobId: 'job_1', acceptedAt: '2026-01-01T00:00:00.000Z' };
    const place = { folder: 'batches/b1/items', key: 'late' };
    const late = await tested.store.stage(place, 'job');
    writeFileSync(late, 'late');
    const writes: readonly (() => Promise<unknown>)[] = [
      () => batches.beginPart('b1', 0, 'run-2', null),
      () => batches.writeOutcomes('b1', 0, 2, [makeLine('a')], 'run-1'),
      () => batches.recordUnreported('b1', 0, lost),
      () => batches.recordStep('b1', 0, { key: 'a', id: 'one', jobId: 'job_1', files: [] }),
      () => tested.store.keep({ ...place, path: late, extension: 'png' }),
    ];
    for (const write of writes) await expect(write()).rejects.toThrow(/"b1": it was deleted from the store/);
    expect(await left()).toHaveLength(4);
    expect((await contents.removeBatch('b1')).files).toBe(0);
    expect((await contents.measureBatch('b10')).removable.files).toBe(4);
    expect(await batches.readManifest('b10')).not.toBeNull();
  });
}
