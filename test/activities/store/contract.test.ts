/** What every store promises: the same tests over a folder and over a real S3-compatible server. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type ByteRange, getPlannedRun, toPart } from '../../../activities/store';
import { keptFileAt, StoreUnavailable } from '../../../activities/store/result-store';
import type { ItemResultRow } from '../../../workflows/domain/item/item';
import type { JournalEntry } from '../../../workflows/domain/item/journal-entry';
import { hashOf } from '../../support/hash-of';
import { MANIFEST_FIELDS } from '../../support/manifest-fields';
import { describeOnS3, s3Server } from './s3-server';
import { folderStore, s3Store, type TestedStore } from './tested-stores';

const server = s3Server();

const A = { folder: 'images/spring', key: 'a' };

const CREATED = { batchId: 'b1', ...MANIFEST_FIELDS };
const { server: SERVER } = MANIFEST_FIELDS;
const PLANNED = { ...CREATED, parts: [2], rowsHash: 'a0' };
const MANIFEST = { ...CREATED, parts: [2], redrives: [], additions: [], rowsHashes: ['a0'] };
const ROWS = ['a', 'b'].map((key) => ({
  key,
  operation: 'generate/image' as const,
  request: { prompt: `"quoted"\nline of ${key} – ünïcode`, width: 32 },
}));

function makeLine(key: string): ItemResultRow {
  const nothing = { file: null, sha256: null, bytes: null, mimeType: null, width: null, height: null, verified: null };
  return {
    ...nothing,
    key,
    outcome: 'failed',
    jobId: null,
    code: 'X',
    message: 'no',
    submissions: [],
  } as ItemResultRow;
}

describe('a store that is a folder', () => keepsItsPromises(folderStore, 60));
// Only a bucket has listings that end early; in a folder every segment waits for the disk.
describeOnS3('a store that is on S3', () => keepsItsPromises(() => s3Store(server()), 1_020));

function keepsItsPromises(make: () => TestedStore, manySegments: number): void {
  let tested: TestedStore;

  beforeEach(() => {
    tested = make();
  });

  afterEach(() => tested.close());

  async function stage(key: string, bytes: string, tag = 'job-1'): Promise<string> {
    const staged = await tested.store.stage({ ...A, key }, tag);
    writeFileSync(staged, bytes);
    return staged;
  }

  test('a result is read in whole and in part, in the order of its bytes', async () => {
    const place = { ...A, key: 'a', extension: 'webp', version: 1 };
    await tested.store.keep({ ...place, path: await stage('a', '0123456789') });
    const file = await tested.store.open(place);
    const readAll = async (range?: ByteRange) => (await (await file.read(range)).toArray()).join('');
    expect(file.bytes).toBe(10);
    expect(await readAll()).toBe('0123456789');
    expect(await readAll({ start: 3, end: 3 })).toBe('3');
    expect(await readAll({ start: 7, end: 9 })).toBe('789');
    await expect(tested.store.open({ ...place, key: 'b' })).rejects.toThrow(/it does not exist/);
    await expect((async () => tested.store.open({ ...place, key: '../a' }))()).rejects.toThrow(/not safe/);
  });

  test('an input file is kept once by its content, with the name of the first file', async () => {
    const { inputs } = tested.store;
    const bytes = Buffer.from([0xff, 0xd8, 0x00, 0x80, 0xfe]);
    const input = { sha256: hashOf(bytes), extension: 'jpg' } as const;
    expect(await inputs.has(input)).toBe(false);
    await expect(inputs.read(input)).rejects.toThrow(StoreUnavailable);
    await inputs.keep(input, async () => ({ name: 'dress "1".jpg', bytes }));
    await inputs.keep(input, () => Promise.reject(new Error('read although it is kept')));
    expect([await inputs.has(input), await inputs.readName(input)]).toEqual([true, 'dress "1".jpg']);
    expect(await inputs.read(input)).toEqual(bytes);
    expect(await tested.names()).toEqual([`inputs/${input.sha256}.jpg`, `inputs/${input.sha256}.json`]);
    expect(tested.staged()).toEqual([]);
  });

  test('an upload is remembered for each account, and a newer one replaces it', async () => {
    const { uploads } = tested.store;
    const input = { sha256: 'cd'.repeat(32), extension: 'png' } as const;
    expect(await uploads.read('a1', input)).toBeNull();
    await uploads.write('a1', input, { url: 'https://example.com/1.png', uploadedAt: 1 });
    await uploads.write('a1', input, { url: 'https://example.com/2.png', uploadedAt: 2 });
    expect(await uploads.read('a1', input)).toEqual({ url: 'https://example.com/2.png', uploadedAt: 2 });
    expect(await uploads.read('a2', input)).toBeNull();
  });

  test('a result appears under its final name only when it is kept, and nothing stays staged', async () => {
    const staged = await stage('a', 'bytes');
    expect(await tested.names()).toEqual([]);
    const address = await tested.store.keep({ path: staged, ...A, extension: 'png' });
    expect(address).toBe(tested.addressOf('images/spring/a.png'));
    expect(await tested.names()).toEqual(['images/spring/a.png']);
    expect(await tested.read('images/spring/a.png')).toBe('bytes');
    expect(existsSync(staged)).toBe(false);
  });

  test('a job that Temporal may not know is recorded by its submission, and named by the outcomes of its part', async () => {
    const { batches } = tested.store;
    const lost = { key: 'a', run: 'run-1', submission: 1 };
    const job = (more: object = {}) => ({ ...lost, jobId: 'job_1', acceptedAt: '2026-01-01T00:00:00.000Z', ...more });
    expect(await batches.readUnreported('b1', 0, lost)).toBeNull();
    await batches.recordUnreported('b1', 0, job());
    await batches.recordUnreported('b1', 0, job({ jobId: 'job_2' }));
    await batches.recordUnreported('b1', 0, job({ key: 'A', jobId: 'job_3' }));
    await batches.recordUnreported('b1', 1, job({ jobId: 'job_4' }));
    expect(await batches.readUnreported('b1', 0, lost)).toBe('job_1');
    expect(await batches.readUnreported('b1', 0, { ...lost, key: 'A' })).toBe('job_3');
    for (const other of [{ run: 'run-2' }, { submission: 2 }, { key: 'b' }])
      expect(await batches.readUnreported('b1', 0, { ...lost, ...other })).toBeNull();
    expect(await batches.readOutcomes('b1', 0)).toBeNull();
    const unknown = { jobId: null, code: 'SUBMIT_OUTCOME_UNKNOWN', refusals: {} };
    await batches.writeOutcomes('b1', 0, 1, [{ ...makeLine('a'), submissions: [unknown] }, makeLine('b')]);
    await batches.writeOutcomes('b1', 2, 1, [makeLine('c')]);
    const named = [{ ...makeLine('a'), jobId: 'job_1', submissions: [{ ...unknown, jobId: 'job_1' }] }, makeLine('b')];
    expect(await batches.readOutcomes('b1', 0)).toEqual(named);
    const read = await batches.openOutcomes('b1');
    expect(await Promise.all([0, 2].map(read))).toEqual([
      { lines: named, jobs: expect.arrayContaining([job(), job({ key: 'A', jobId: 'job_3' })]) },
      { lines: [makeLine('c')], jobs: [] },
    ]);
  });

  test('the first record of a finished step counts, and steps are read up to the first that has none', async () => {
    const { batches } = tested.store;
    const file = { role: 'result', ...{ file: '/a.png', sha256: 'x', bytes: 1, mimeType: 'image/png' } };
    const files = [{ ...file, width: 1, height: 1, verified: true }];
    const step = (id: string, key = 'a', jobId = 'job_1') => ({ key, id, jobId, files });
    expect(await batches.recordStep('b1', 0, step('base'))).toEqual(step('base'));
    expect(await batches.recordStep('b1', 0, step('base', 'a', 'job_2'))).toEqual(step('base'));
    await batches.recordStep('b1', 0, step('large'));
    await batches.recordStep('b1', 0, step('base', 'A'));
    const ids = ['base', 'cutout', 'large'];
    const read = await batches.readSteps(
      'b1',
      0,
      ['a', 'A', 'b'].map((key) => ({ key, ids })),
    );
    expect([...read]).toEqual([
      ['a', [step('base')]],
      ['A', [step('base', 'A')]],
    ]);
    expect(await batches.readSteps('b1', 1, [{ key: 'a', ids }])).toEqual(new Map());
    // They are no outcomes.
    expect(await batches.readOutcomes('b1', 0)).toBeNull();
  });

  test('the newest submission of an item is kept under a name of bounded length, whatever its id', async () => {
    const { submissions } = tested.store;
    const record = (item: string): JournalEntry => ({
      ...{ item, requestHash: 'hash', run: 'run-1', call: 1, attempt: 1, version: 1, writer: 'w' },
      ...{ state: 'sending', jobId: null, completed: null },
    });
    const ids = ['banner', 'Banner', 'constructor', 'x'.repeat(128)];
    for (const id of ids) {
      expect(await submissions.read(id)).toBeNull();
      expect(await submissions.create(record(id))).toBe(true);
    }
    const later = { ...record('banner'), version: 2, state: 'accepted', jobId: 'job_1' } as const;
    expect(await submissions.create(later)).toBe(true);
    expect(await submissions.create({ ...record('banner'), writer: 'late' })).toBe(false);
    expect(await submissions.read('banner')).toEqual(later);
    expect(await submissions.read('Banner')).toEqual(record('Banner'));
    const names = await tested.names();
    expect(names).toHaveLength(ids.length + 1);
    for (const name of names) expect(name).toMatch(/^submissions\/[0-9a-f]{64}(\.2)?\.json$/);
  });

  test.each([1, 2, 3, 4, 7, 8, 9, 20])('of %i versions of a record the newest is read', async (count) => {
    const { submissions } = tested.store;
    const base = { item: 'k', requestHash: 'hash', run: 'run-1', call: 1, attempt: 1, writer: 'w' };
    const unsent = { ...base, state: 'unsent', jobId: null, completed: null } as const;
    for (let version = 1; version <= count; version += 1) await submissions.create({ ...unsent, version });
    expect(await submissions.read('k')).toMatchObject({ version: count });
  });

  test('of two who write the same version of a record exactly one does', async () => {
    const { submissions } = tested.store;
    const base = { item: 'raced', requestHash: 'hash', run: 'run-1', call: 1, attempt: 1, version: 1 };
    const records = ['one', 'other'].map((writer) => ({
      ...{ ...base, writer, state: 'sending' as const, jobId: null, completed: null },
    }));
    const put = await Promise.all(records.map((record) => submissions.create(record)));
    expect(put.filter((isPut) => isPut)).toHaveLength(1);
    expect(await submissions.read('raced')).toEqual(records[put.indexOf(true)]);
  });

  test('a result is never replaced by other bytes: a later one has a name of its own, and the same bytes have the same', async () => {
    const kept: string[] = [];
    for (const bytes of ['the first and longer one', 'second', 'third!', 'second', 'the first and longer one']) {
      kept.push(await tested.store.keep({ path: await stage('a', bytes), ...A, extension: 'png' }));
    }
    const names = ['images/spring/a.png', 'images/spring/a~2.png', 'images/spring/a~3.png'];
    const [first, second, third] = names.map((name) => tested.addressOf(name));
    expect(kept).toEqual([first, second, third, second, first]);
    expect(await tested.names()).toEqual([...names].sort());
    expect(await Promise.all(names.map((name) => tested.read(name)))).toEqual([
      'the first and longer one',
      'second',
      'third!',
    ]);
    for (const [index, address] of [first, second, third].entries()) {
      const bytes = await tested.store.read(keptFileAt(A, address ?? ''));
      expect(bytes.toString()).toBe(await tested.read(names[index] ?? ''));
    }
    expect(tested.staged()).toEqual([]);
  });

  test('a plain name that is taken is found, whatever the extension, and no other name', async () => {
    const { store } = tested;
    await store.keep({ path: await stage('a.png', 'bytes'), ...A, key: 'a.png', extension: 'gif' });
    expect(await store.findPlain({ ...A, key: 'a.png' })).toBe('images/spring/a.png.gif');
    for (const place of [
      { ...A, key: 'a' },
      { ...A, key: 'a.pn' },
      { folder: 'images', key: 'a.png' },
    ])
      expect(await store.findPlain(place)).toBeNull();
    await expect((async () => store.findPlain({ ...A, key: '../a' }))()).rejects.toThrow(StoreUnavailable);
  });

  test('of many who keep different results of one key at once none replaces another', async () => {
    const texts = Array.from({ length: 6 }, (_, number) => `result ${number}`);
    const staged = await Promise.all(texts.map((text, number) => stage(`a`, text, `job-${number}`)));
    // As two workers would: each with staged files of its own, of which the others take none away.
    const kept = await Promise.allSettled(
      staged.map((file, number) =>
        tested.store.keep({ path: file, ...A, extension: number % 2 === 0 ? 'png' : 'webp' }),
      ),
    );
    const addresses = kept.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(new Set(addresses).size).toBe(addresses.length);
    const names = await tested.names();
    const there = await Promise.all(names.map((name) => tested.read(name)));
    expect(new Set(there).size).toBe(there.length);
    expect(there.filter((text) => !texts.includes(text))).toEqual([]);
  });

  test('the longest key in the longest batch, and one more result of it, have names that the store takes', async () => {
    const place = { folder: `batches/${'b'.repeat(128)}/images`, key: 'k'.repeat(128) };
    for (const bytes of ['first', 'second']) {
      const staged = await tested.store.stage(place, `${'0123456789ab'}-${Number.MAX_SAFE_INTEGER}`);
      writeFileSync(staged, bytes);
      await tested.store.keep({ path: staged, ...place, extension: 'webp' });
    }
    const names = [`${place.folder}/${place.key}.webp`, `${place.folder}/${place.key}~2.webp`];
    expect(await tested.names()).toEqual(names.sort());
    await tested.store.batches.writeOutcomes('b'.repeat(128), 999_999, 999_999, []);
    expect(await tested.names()).toHaveLength(3);
  });

  test('a result that was kept is read back, also when the store is requested the place alone', async () => {
    await tested.store.keep({ path: await stage('a', 'bytes'), ...A, extension: 'png' });
    expect((await tested.store.read({ ...A, extension: 'png', version: 1 })).toString()).toBe('bytes');
    const missing = tested.store.read({ ...A, extension: 'webp', version: 1 });
    await expect(missing).rejects.toThrow(StoreUnavailable);
    await expect(missing).rejects.toThrow(`${tested.addressOf('images/spring/a.webp')}: it does not exist`);
    await expect(tested.store.read({ folder: 'images', key: '../x', extension: 'png', version: 1 })).rejects.toThrow(
      /not safe/,
    );
  });

  test('what a killed worker had staged for a key is removed when the key is kept, and nothing else', async () => {
    await stage('a', 'half', 'killed-1');
    const other = await stage('ab', 'of another key');
    await tested.store.keep({ path: await stage('a', 'whole', 'second-2'), ...A, extension: 'png' });
    expect(tested.staged()).toEqual([path.basename(other)]);
  });

  test('a staged file that is gone is StoreUnavailable, and nothing appears', async () => {
    const staged = await stage('a', 'bytes');
    await tested.store.discard(staged);
    await tested.store.discard(staged);
    expect(tested.staged()).toEqual([]);
    await expect(tested.store.keep({ path: staged, ...A, extension: 'png' })).rejects.toThrow(StoreUnavailable);
    expect(await tested.names()).toEqual([]);
  });

  test('two workers with the same key stage in different files', async () => {
    expect(await tested.store.stage(A, 'x-1')).not.toBe(await tested.store.stage(A, 'y-1'));
  });

  test.each(['../a', '..', 'a/b', '/etc/passwd', 'a\\b', '', '.hidden', '-rf', 'con'])(
    'the key "%s" is refused',
    async (key) => {
      const staged = await stage('safe', 'bytes');
      for (const refused of [
        tested.store.stage({ ...A, key }, 'job-1'),
        tested.store.keep({ path: staged, ...A, key, extension: 'png' }),
      ]) {
        await expect(refused).rejects.toThrow(StoreUnavailable);
        await expect(refused).rejects.toThrow(/not safe as a file name/);
      }
      expect(await tested.names()).toEqual([]);
    },
  );

  test.each([
    ['tag', { ...A }, '../x'],
    ['folder', { ...A, folder: 'images/../..' }, 'job-1'],
  ])('a %s that would leave the store is refused', async (_what, place, tag) => {
    await expect(tested.store.stage(place, tag)).rejects.toThrow(/not safe as a file name/);
  });

  test('thumbnails are kept by content, and removed one by one', async () => {
    const { thumbnails } = tested.store;
    const [first, second] = [hashOf(Buffer.from('first')), hashOf(Buffer.from('second'))];
    expect(await thumbnails.hasAny()).toBe(false);
    await thumbnails.keep(first, Buffer.from('small'));
    await thumbnails.keep(second, Buffer.from('small'));
    expect(await thumbnails.hasAny()).toBe(true);
    await thumbnails.remove([first, hashOf(Buffer.from('none'))]);
    expect([await thumbnails.read(first), await thumbnails.read(second)]).toEqual([null, Buffer.from('small')]);
  });

  test('manifest, parts and outcomes come back as they were written, under the names of the layout', async () => {
    const { batches } = tested.store;
    const part = { batchId: 'b1', part: 0, rowsHash: 'a0' };
    await batches.writePart(part, ROWS);
    await batches.writeOutcomes('b1', 0, 0, []);
    await batches.writeOutcomes('b1', 0, 1, [makeLine('a'), makeLine('b')]);
    expect(await batches.createManifest(PLANNED)).toEqual(MANIFEST);
    expect(await batches.addRun(MANIFEST, { parts: [1, 1], rowsHash: 'b1', server: SERVER })).toBe(true);
    expect(await batches.listAddedRuns('b1')).toMatchObject([{ firstPart: 1, parts: [1, 1], at: expect.any(String) }]);
    expect(await batches.readPart(part)).toEqual(ROWS);
    expect(await batches.readOutcomes('b1', 0)).toEqual([makeLine('a'), makeLine('b')]);
    const manifest = { ...MANIFEST, parts: [2, 1, 1], redrives: [1], additions: [], rowsHashes: ['a0', 'b1'] };
    expect(await batches.readManifest('b1')).toEqual(manifest);
    expect([0, 1, 2].map((number) => toPart(manifest, number).rowsHash)).toEqual(['a0', 'b1', 'b1']);
    expect(getPlannedRun(manifest)).toEqual({ parts: [2], rowsHash: 'a0' });
    expect(await tested.names()).toEqual([
      'batches/b1/manifest.json',
      'batches/b1/outcomes/000000-000000.jsonl',
      'batches/b1/outcomes/000000-000001.jsonl',
      'batches/b1/parts/000000-a0.jsonl',
      'batches/b1/runs/000001.json',
    ]);
  });

  test('a part belongs to the run that has begun it first, and to those that continue it', async () => {
    const { batches } = tested.store;
    expect(await batches.readBegin('b1', 0)).toBeNull();
    const runs = Array.from({ length: 8 }, (_, number) => `run ${number}`);
    const had = await Promise.all(runs.map((run) => batches.beginPart('b1', 0, run, null)));
    const [first = ''] = had;
    expect(new Set(had)).toEqual(new Set([first]));
    expect(await batches.beginPart('b1', 0, 'another', null)).toBe(first);
    expect(await batches.beginPart('b1', 0, 'the next', first)).toBe('the next');
    expect(await batches.beginPart('b1', 0, 'the next', first)).toBe('the next');
    expect(await batches.beginPart('b1', 0, 'late', first)).toBe('the next');
    expect(await batches.readBegin('b1', 0)).toBe('the next');
    expect(await batches.readOutcomes('b1', 0)).toEqual([]);
  });

  test('no run of a page replaces what another has written', async () => {
    const { batches } = tested.store;
    await batches.beginPart('b1', 0, 'run 1', null);
    await batches.writeOutcomes('b1', 0, 1, [makeLine('a')], 'run 1');
    await batches.writeOutcomes('b1', 0, 1, [makeLine('b')], 'run 2');
    await batches.writeOutcomes('b1', 0, 1, [makeLine('a')], 'run 1');
    expect((await batches.readOutcomes('b1', 0))?.map(({ key }) => key).sort()).toEqual(['a', 'b']);
    expect((await (await batches.openOutcomes('b1'))(0)).lines).toEqual(await batches.readOutcomes('b1', 0));
    expect((await tested.names()).filter((name) => name.includes('outcomes'))).toHaveLength(3);
  });

  test('of many who take the same id exactly one does, and each gets the manifest of that one', async () => {
    const { batches } = tested.store;
    const hashes = Array.from({ length: 12 }, (_, number) => `c${number}`);
    const got = await Promise.all(hashes.map((rowsHash) => batches.createManifest({ ...PLANNED, rowsHash })));
    const [first = [], ...others] = got.map(({ rowsHashes }) => rowsHashes);
    expect(hashes).toContain(first[0]);
    for (const other of others) expect(other).toEqual(first);
    expect((await batches.readManifest('b1'))?.rowsHashes).toEqual(first);
  });

  test('of many who run it again at the same time exactly one does, and later ones are reported', async () => {
    const { batches } = tested.store;
    const manifest = await batches.createManifest(PLANNED);
    const run = { parts: [1], rowsHash: 'd0', server: SERVER };
    const added = await Promise.all(Array.from({ length: 12 }, () => batches.addRun(manifest, run)));
    expect(added.filter((isOurs) => isOurs)).toHaveLength(1);
    expect(await batches.addRun(manifest, run)).toBe(false);
    const now = { ...MANIFEST, parts: [2, 1], redrives: [1], additions: [], rowsHashes: ['a0', 'd0'] };
    expect(await batches.readManifest('b1')).toEqual(now);
    expect(await batches.addRun(now, { parts: [3], rowsHash: 'e0', server: SERVER })).toBe(true);
    expect((await batches.readManifest('b1'))?.redrives).toEqual([1, 2]);
  });

  test('rows that differ are stored side by side, under the same number too', async () => {
    const { batches } = tested.store;
    const partWith = (rowsHash: string) => ({ batchId: 'b1', part: 0, rowsHash });
    await Promise.all([batches.writePart(partWith('a0'), ROWS), batches.writePart(partWith('b0'), ROWS.slice(1))]);
    expect(await batches.readPart(partWith('a0'))).toEqual(ROWS);
    expect(await batches.readPart(partWith('b0'))).toEqual(ROWS.slice(1));
    await expect((async () => batches.readPart(partWith('../x')))()).rejects.toThrow(/not a hash of a batch/);
  });

  test('of many who make its identity at once all get the same, and it stays', async () => {
    const [first, ...others] = await Promise.all(Array.from({ length: 10 }, () => tested.store.identity()));
    expect(new Set(others)).toEqual(new Set([first]));
    expect(await tested.store.identity()).toBe(first);
    expect(await tested.names()).toEqual(['store.json']);
    expect(JSON.parse(await tested.read('store.json'))).toEqual({ id: first });
  });

  test('the probe finds that nothing which is there can be created again', async () => {
    await Promise.all(Array.from({ length: 5 }, () => tested.store.check()));
    expect(await tested.names()).toEqual(['store-probe.txt', 'store.json']);
  });

  test('a batch that was not planned has no manifest, and a part that was not begun has no outcomes', async () => {
    const { batches } = tested.store;
    expect(await batches.readManifest('nobody')).toBeNull();
    expect(await batches.readOutcomes('nobody', 0)).toBeNull();
    expect(await (await batches.openOutcomes('nobody'))(0)).toEqual({ lines: null, jobs: [] });
    await batches.writeOutcomes('b1', 0, 0, []);
    const outcomes = await batches.openOutcomes('b1');
    expect([await batches.readOutcomes('b1', 0), (await outcomes(0)).lines]).toEqual([[], []]);
    expect([await batches.readOutcomes('b1', 1), (await outcomes(1)).lines]).toEqual([null, null]);
  });

  test('a part that is not there is StoreUnavailable and named', async () => {
    const reading = tested.store.batches.readPart({ batchId: 'nobody', part: 7, rowsHash: 'a0' });
    await expect(reading).rejects.toThrow(StoreUnavailable);
    await expect(reading).rejects.toThrow(tested.addressOf('batches/nobody/parts/000007-a0.jsonl'));
  });

  test.each(['../b', '', 'a/b', '.b'])('the batch id "%s" is refused', async (batchId) => {
    const { batches } = tested.store;
    await expect((async () => batches.readManifest(batchId))()).rejects.toThrow(/not safe as a folder name/);
    await expect((async () => batches.createManifest({ ...PLANNED, batchId }))()).rejects.toThrow(/not safe/);
  });

  test('more outcome segments than one listing holds are read once each, in order, and replace themselves', async () => {
    const { batches } = tested.store;
    const count = manySegments;
    for (let first = 0; first < count; first += 30) {
      const numbers = Array.from({ length: 30 }, (_, index) => first + index);
      await Promise.all(numbers.map((number) => batches.writeOutcomes('b1', 1, number + 1, [makeLine(`k${number}`)])));
    }
    // A part whose number begins with the same digit must not be taken for this one.
    await batches.writeOutcomes('b1', 10, 1, [makeLine('of another part')]);
    await batches.writeOutcomes('b1', 1, 4, [makeLine('written again')]);
    const outcomes = await batches.openOutcomes('b1');
    const ofOne = await batches.openOutcomes('b1', 1);
    expect(await ofOne(1)).toEqual(await outcomes(1));
    expect((await ofOne(10)).lines).toBeNull();
    const keys = (await outcomes(1)).lines?.map(({ key }) => key);
    const expected = Array.from({ length: count }, (_, number) => (number === 3 ? 'written again' : `k${number}`));
    expect(keys).toEqual(expected);
    for (const lines of [(await outcomes(10)).lines, await batches.readOutcomes('b1', 10)]) {
      expect(lines?.map(({ key }) => key)).toEqual(['of another part']);
    }
  });
}
