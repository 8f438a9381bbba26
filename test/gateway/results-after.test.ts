/** Results from a place in a batch: what the store is asked for depends on what is read, not on what lies before it. */
import { FiledBatchStore } from '../../activities/store/filed-batch-store';
import { readBatchResults } from '../../client/batches/follow-results';
import { RowIndex } from '../../client/batches/row-index';
import { findStart, selectResults } from '../../gateway/api/files/select-results';
import type { ItemResultRow } from '../../workflows/domain/item/item';
import { MANIFEST_FIELDS } from '../support/manifest-fields';
import { MemoryFiles } from '../support/memory-files';

const PARTS = 400;
const ROWS = 5;
const SEGMENTS = 2;
const LIMIT = 12;

class CountingFiles extends MemoryFiles {
  reads: string[] = [];
  lists: string[] = [];

  override read(name: string): Promise<Buffer | null> {
    this.reads.push(name);
    return super.read(name);
  }

  override list(beginning: string): Promise<readonly string[]> {
    this.lists.push(beginning);
    return super.list(beginning);
  }
}

const toKey = (part: number, row: number) => `k${part}-${row}`;
const toRow = (key: string) => ({ key, operation: 'generate/image' as const, request: { prompt: key } });

function toLine(key: string, jobId: string): ItemResultRow {
  const none = { file: null, sha256: null, bytes: null, mimeType: null, width: null, height: null, verified: null };
  const submissions = [{ jobId, code: 'MODEL_ERROR' as const, refusals: {} }];
  return { ...none, message: null, key, outcome: 'failed', jobId, code: 'MODEL_ERROR', submissions };
}

/** A batch, and a redrive of the first row of each part. */
async function makeBatch() {
  const files = new CountingFiles();
  const store = new FiledBatchStore(files);
  const write = async (part: number, keys: readonly string[]) => {
    await store.writePart({ batchId: 'b', part, rowsHash: part < PARTS ? 'a0' : 'a1' }, keys.map(toRow));
    await store.beginPart('b', part, `run-${part}`, null);
    const half = Math.ceil(keys.length / SEGMENTS);
    for (let sequence = 1; sequence <= SEGMENTS; sequence += 1) {
      const some = keys.slice((sequence - 1) * half, sequence * half);
      await store.writeOutcomes(
        'b',
        part,
        sequence,
        some.map((key) => toLine(key, `${part}`)),
      );
    }
  };
  const planned = Array.from({ length: PARTS }, (_one, part) =>
    Array.from({ length: ROWS }, (_other, row) => toKey(part, row)),
  );
  const again = Array.from({ length: PARTS / ROWS }, (_one, part) =>
    Array.from({ length: ROWS }, (_other, row) => toKey(part * ROWS + row, 0)),
  );
  for (const [part, keys] of [...planned, ...again].entries()) await write(part, keys);
  const parts = [...planned, ...again].map((keys) => keys.length);
  const manifest = {
    ...MANIFEST_FIELDS,
    batchId: 'b',
    parts,
    redrives: [PARTS],
    additions: [],
    rowsHashes: ['a0', 'a1'],
  };
  return { files, store, manifest, rows: new RowIndex(store), keys: planned.flat() };
}

async function collect<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

type Batch = Awaited<ReturnType<typeof makeBatch>>;

async function readAfter({ store, manifest, rows }: Batch, after: string, limit: number) {
  const start = await findStart(rows, manifest, after);
  const found = [];
  for await (const lines of selectResults(store, manifest, async () => 'ended', {}, start)) {
    found.push(...lines);
    if (found.length >= limit) break;
  }
  return found;
}

let batch: Batch;

beforeAll(async () => {
  batch = await makeBatch();
});

test.each([
  ['the beginning', toKey(0, 1)],
  ['the middle', toKey(PARTS / 2, 3)],
  ['the end', toKey(PARTS - 5, 4)],
])('a page of results at %s reads the parts that it returns', async (_place, after) => {
  const { files, keys } = batch;
  // The keys of all rows are read once for all pages.
  await readAfter(batch, after, 1);
  [files.reads, files.lists] = [[], []];
  const found = await readAfter(batch, after, LIMIT);
  const from = keys.indexOf(after) + 1;
  expect(found.map(({ key }) => key)).toEqual(keys.slice(from, from + found.length));
  const parts = new Set(files.reads.map((name) => /\/(\d{6})-/.exec(name)?.[1]));
  // Three or four parts of the batch, and the one or two of the redrive that have the same rows.
  expect(parts.size).toBeLessThanOrEqual(6);
  expect(files.reads.length).toBeLessThanOrEqual(6 * (1 + SEGMENTS));
  // None lists the outcomes of the whole batch.
  expect(files.lists.every((beginning) => beginning !== 'batches/b/outcomes/')).toBe(true);
  expect(files.lists.length).toBeLessThanOrEqual(3);
});

test('pages after one another have every result once, with the jobs of its later run', async () => {
  const { keys } = batch;
  const found = await readAfter(batch, toKey(0, 0), Number.POSITIVE_INFINITY);
  let last = toKey(0, 0);
  const paged = [];
  for (;;) {
    const page = await readAfter(batch, last, 300);
    if (page.length === 0) break;
    paged.push(...page);
    last = page.at(-1)?.key ?? '';
  }
  expect(paged).toEqual(found);
  expect(paged.map(({ key }) => key)).toEqual(keys.slice(1));
  const redriven = paged.filter(({ submissions }) => submissions.length === 2).map(({ key }) => key);
  expect(redriven).toEqual(keys.filter((key) => key.endsWith('-0')).slice(1));
});

test('the library reads and follows from a place, too', async () => {
  const { files, store, manifest, rows, keys } = batch;
  const after = toKey(PARTS - 3, 2);
  const start = await findStart(rows, manifest, after);
  for (const follow of [false, true]) {
    files.reads = [];
    const found = await collect(readBatchResults(store, manifest, async () => 'ended', { follow }, start));
    expect(found.map(({ key }) => key)).toEqual(keys.slice(keys.indexOf(after) + 1));
    expect(files.reads.length).toBeLessThanOrEqual(5 * (1 + SEGMENTS));
  }
});

test('outcomes of items that are asked for together are read once, and an item that has not ended is read again', async () => {
  const { files, store, manifest } = batch;
  const rows = new RowIndex(store);
  const ask = jest.fn(async () => 'running' as const);
  await rows.find(manifest, toKey(7, 1), ask);
  files.reads = [];
  files.lists = [];
  const found = await Promise.all([1, 2, 3, 4].map((row) => rows.find(manifest, toKey(7, row), ask)));
  expect(found.map((one) => one?.line?.key)).toEqual([1, 2, 3, 4].map((row) => toKey(7, row)));
  expect([files.reads, files.lists, ask.mock.calls]).toEqual([[], [], []]);
  const part = PARTS + PARTS / ROWS;
  const later = { ...manifest, parts: [...manifest.parts, 1], redrives: [PARTS, part], rowsHashes: ['a0', 'a1', 'a2'] };
  await store.writePart({ batchId: 'b', part, rowsHash: 'a2' }, [toRow(toKey(7, 1))]);
  await store.beginPart('b', part, 'run', null);
  const find = () => rows.find(later, toKey(7, 1), ask);
  expect((await find())?.line).toBeNull();
  await store.writeOutcomes('b', part, 1, [toLine(toKey(7, 1), 'newest')]);
  expect((await find())?.line?.submissions.at(-1)?.jobId).toBe('newest');
});
