/** Reading the outcomes of a whole batch: how often the store is asked, and what of it is believed. */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readItems } from '../../../activities/store';
import { FiledBatchStore } from '../../../activities/store/filed-batch-store';
import { FolderFiles } from '../../../activities/store/folder/folder-files';
import { StoreUnavailable } from '../../../activities/store/result-store';
import type { ItemResultRow, Outcome } from '../../../workflows/domain/item/item';
import { MANIFEST_FIELDS } from '../../support/manifest-fields';
import { MemoryFiles } from '../../support/memory-files';
import { tempFolder } from '../../support/temp-folder';

const NO_RESULT = {
  file: null,
  sha256: null,
  bytes: null,
  mimeType: null,
  width: null,
  height: null,
  verified: null,
  message: null,
};
const SUBMISSION = { jobId: 'j', code: null, refusals: {} };

function makeLine(key: string, outcome: Outcome = 'succeeded'): ItemResultRow {
  return { ...NO_RESULT, key, outcome, jobId: 'j', code: null, submissions: [SUBMISSION] };
}

const makeRow = (key: string) => ({ key, operation: 'generate/image' as const, request: { prompt: `of ${key}` } });

const ROWS_HASH = 'a0';
const PART = { batchId: 'b', part: 0, rowsHash: ROWS_HASH };

/** Counts what it is asked for. */
class CountingFiles extends MemoryFiles {
  readonly asked = { list: 0, read: 0, mostAtOnce: 0 };
  private reading = 0;

  override async read(name: string): Promise<Buffer | null> {
    this.asked.read += 1;
    this.reading += 1;
    this.asked.mostAtOnce = Math.max(this.asked.mostAtOnce, this.reading);
    await Promise.resolve();
    this.reading -= 1;
    return super.read(name);
  }

  override list(beginning: string): Promise<readonly string[]> {
    this.asked.list += 1;
    return super.list(beginning);
  }
}

async function planted(parts: readonly (readonly string[])[], redrives: readonly number[] = []) {
  const files = new CountingFiles();
  const store = new FiledBatchStore(files);
  for (const [part, keys] of parts.entries()) await store.writePart({ ...PART, part }, keys.map(makeRow));
  const rowsHashes = [ROWS_HASH, ...redrives.map(() => ROWS_HASH)];
  const sizes = parts.map((keys) => keys.length);
  return {
    files,
    store,
    manifest: { ...MANIFEST_FIELDS, batchId: 'b', parts: sizes, redrives, additions: [], rowsHashes },
  };
}

async function listItems({ store, manifest }: Awaited<ReturnType<typeof planted>>) {
  const found = [];
  for await (const item of readItems(store, manifest)) found.push(item);
  return found;
}

test('a thousand parts are listed by the hundred, and each of their files is read once', async () => {
  const count = 1_000;
  const batch = await planted(Array.from({ length: count }, (_, part) => [`a${part}`, `b${part}`]));
  for (let part = 0; part < count; part += 1) {
    await batch.store.writeOutcomes('b', part, 0, []);
    await batch.store.writeOutcomes('b', part, 1, [makeLine(`b${part}`)]);
    await batch.store.writeOutcomes('b', part, 2, [makeLine(`a${part}`)]);
  }
  const items = await listItems(batch);
  expect(items.filter(({ line }) => line?.outcome === 'succeeded')).toHaveLength(2 * count);
  expect(batch.files.asked).toMatchObject({ list: count / 100, read: 3 * count });
});

test('no more than a few files are read at a time, however many a part has', async () => {
  const keys = Array.from({ length: 300 }, (_, number) => `k${number}`);
  const batch = await planted([keys]);
  for (const [sequence, key] of keys.entries()) await batch.store.writeOutcomes('b', 0, sequence + 1, [makeLine(key)]);
  expect((await listItems(batch)).every(({ line }) => line !== null)).toBe(true);
  expect(batch.files.asked.mostAtOnce).toBeLessThanOrEqual(16);
});

test('of several runs the last outcome counts, with the submissions of all', async () => {
  const batch = await planted([['a', 'b'], ['a'], ['a']], [1, 2]);
  await batch.store.writeOutcomes('b', 0, 1, [makeLine('a', 'failed'), makeLine('b')]);
  await batch.store.writeOutcomes('b', 1, 1, [makeLine('a', 'unknown')]);
  await batch.store.writeOutcomes('b', 2, 1, [makeLine('a')]);
  expect(await listItems(batch)).toMatchObject([
    { line: { key: 'a', outcome: 'succeeded', submissions: [SUBMISSION, SUBMISSION, SUBMISSION] } },
    { line: { key: 'b', outcome: 'succeeded', submissions: [SUBMISSION] } },
  ]);
});

test('a redrive that was begun and has not told its end leaves its item open, whatever was known before', async () => {
  const batch = await planted([['a', 'b'], ['a'], ['b']], [1, 2]);
  await batch.store.writeOutcomes('b', 0, 1, [makeLine('a', 'failed'), makeLine('b', 'failed')]);
  await batch.store.writeOutcomes('b', 1, 0, []);
  expect(await listItems(batch)).toMatchObject([
    { line: null, begun: true, submissions: [SUBMISSION] },
    { line: { key: 'b', outcome: 'failed' }, begun: true, submissions: [SUBMISSION] },
  ]);
});

test('what several runs of a page have told of an item becomes one line: seen counts more than assumed, and no job is lost', async () => {
  const batch = await planted([['a', 'b', 'c']]);
  const job = (jobId: string, code: string | null) => ({ jobId, code, refusals: {} });
  const { store } = batch;
  await store.writeOutcomes(
    'b',
    0,
    1,
    [{ ...makeLine('a', 'failed'), submissions: [job('j1', 'MODEL_ERROR')] }],
    'run 1',
  );
  await store.writeOutcomes('b', 0, 1, [{ ...makeLine('a'), submissions: [job('j2', null)] }], 'run 2');
  const assumed = (key: string) => ({ ...makeLine(key, 'unknown'), submissions: [] });
  await store.writeOutcomes('b', 0, 2, [makeLine('b', 'cancelled')], 'run 1');
  await store.writeOutcomes('b', 0, 999_999, [assumed('b'), assumed('c')]);
  expect(await store.readOutcomes('b', 0)).toMatchObject([
    { key: 'a', outcome: 'succeeded', submissions: [job('j1', 'MODEL_ERROR'), job('j2', null)] },
    { key: 'b', outcome: 'cancelled' },
    { key: 'c', outcome: 'unknown' },
  ]);
});

test('what is no JSON is named, and not a word of it is repeated', async () => {
  const root = tempFolder();
  const store = new FiledBatchStore(new FolderFiles(root));
  await store.writePart(PART, [makeRow('a')]);
  const file = path.join(root, 'batches', 'b', 'parts', '000000-a0.jsonl');
  writeFileSync(file, 'a secret unicorn\n');
  const error: Error = await store.readPart(PART).then(
    () => new Error('it was read'),
    (reason: Error) => reason,
  );
  expect(error).toBeInstanceOf(StoreUnavailable);
  expect(error.message).toContain(`cannot read ${file}: its content is not what was written`);
  expect([error.stack, String(error.cause)].join()).not.toContain('unicorn');
});
