/** Results as files: whole or not at all, inside the folder or nowhere. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { FilesystemStore } from '../../../activities';
import { StoreUnavailable } from '../../../activities/store/result-store';
import { MANIFEST_FIELDS } from '../../support/manifest-fields';
import { tempFolder } from '../../support/temp-folder';

const A = { folder: 'items', key: 'a' };

let folder: string;
let store: FilesystemStore;

beforeEach(() => {
  folder = path.join(tempFolder(), 'store');
  store = new FilesystemStore(folder);
});

async function stage(key: string, bytes: string, tag = 'job-1'): Promise<string> {
  const staged = await store.stage({ folder: 'items', key }, tag);
  writeFileSync(staged, bytes);
  return staged;
}

const listed = (part: string) => readdirSync(path.join(folder, part));

test('a result appears under its final name only when it is kept', async () => {
  const staged = await stage('a', 'bytes');
  expect(existsSync(path.join(folder, 'items'))).toBe(false);
  const file = await store.keep({ path: staged, ...A, extension: 'png' });
  expect(file).toBe(path.join(folder, 'items', 'a.png'));
  expect(readFileSync(file, 'utf8')).toBe('bytes');
});

test('folders that were removed are made again after one failure', async () => {
  await store.keep({ path: await stage('a', 'bytes'), ...A, extension: 'png' });
  rmSync(folder, { recursive: true });
  const staged = await store.stage(A, 'job-2');
  await expect(store.keep({ path: staged, ...A, extension: 'png' })).rejects.toThrow(StoreUnavailable);
  const file = await store.keep({ path: await stage('a', 'bytes'), ...A, extension: 'png' });
  expect(readFileSync(file, 'utf8')).toBe('bytes');
});

describe.each<[string, () => void]>([
  ['moved', () => undefined],
  ['unmounted: its mount point is empty', () => mkdirSync(folder)],
])('a store whose folder is %s', (_how, replace) => {
  const away = () => `${folder}.away`;

  beforeEach(async () => {
    await store.identity();
    await store.keep({ path: await stage('a', 'bytes'), ...A, extension: 'png' });
    renameSync(folder, away());
    replace();
  });

  test('takes nothing, makes no other one, and goes on when it is back', async () => {
    const before = existsSync(folder) ? listed('.') : null;
    const write = async () =>
      store.keep({ path: await stage('b', 'more'), folder: 'items', key: 'b', extension: 'png' });
    // The folder is known, so the file is not written. A writer that fails discards it.
    const staged = await store.stage({ folder: 'items', key: 'b' }, 'job-1');
    expect(() => writeFileSync(staged, 'more')).toThrow(/ENOENT/);
    await store.discard(staged);
    await expect(write()).rejects.toThrow(/store\.json is not there any more.*mount it again/);
    await expect(
      store.batches.createManifest({ batchId: 'spring', ...MANIFEST_FIELDS, parts: [2], rowsHash: 'a0' }),
    ).rejects.toThrow(StoreUnavailable);
    await expect(store.check()).rejects.toThrow(StoreUnavailable);
    await expect(store.identity()).rejects.toThrow(StoreUnavailable);
    expect(existsSync(folder) ? listed('.') : null).toEqual(before);
    rmSync(folder, { recursive: true, force: true });
    renameSync(away(), folder);
    const file = await write();
    expect(readFileSync(file, 'utf8')).toBe('more');
  });
});

test('a result that is there already leaves nothing behind, however often it comes', async () => {
  for (const tag of ['job-1', 'job-2', 'job-3'])
    await store.keep({ path: await stage('a', 'bytes', tag), ...A, extension: 'png' });
  expect(listed('items')).toEqual(['a.png']);
  expect(listed('.incoming')).toEqual([]);
});

/** As file systems without links, or without synced folders, answer. */
function refusing(code: string) {
  return () => Promise.reject(Object.assign(new Error(`${code}: not here`), { code }));
}

test.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP'])(
  'on a file system that knows no hard links (%s) nothing is replaced either',
  async (code) => {
    const linking = jest.spyOn(fs, 'link').mockImplementation(refusing(code));
    try {
      const kept: string[] = [];
      for (const bytes of ['first', 'second', 'second', 'first']) {
        kept.push(path.basename(await store.keep({ path: await stage('a', bytes), ...A, extension: 'png' })));
      }
      expect(linking).toHaveBeenCalled();
      expect(kept).toEqual(['a.png', 'a~2.png', 'a~2.png', 'a.png']);
      expect(listed('items').sort()).toEqual(['a.png', 'a~2.png']);
      expect(readFileSync(path.join(folder, 'items', 'a~2.png'), 'utf8')).toBe('second');
    } finally {
      linking.mockRestore();
    }
  },
);

describe('a file system that syncs no folders', () => {
  const open = fs.open.bind(fs);

  function refuseSync(code: string, isFor: 'folders' | 'files') {
    return jest.spyOn(fs, 'open').mockImplementation(async (...given) => {
      const handle = await open(...given);
      if ((await handle.stat()).isDirectory() === (isFor === 'folders')) handle.sync = refusing(code);
      return handle;
    });
  }

  test.each(['EPERM', 'EINVAL', 'ENOTSUP', 'EISDIR', 'EACCES'])(
    '(%s) keeps results and batches all the same',
    async (code) => {
      const opening = refuseSync(code, 'folders');
      const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
      try {
        await store.keep({ path: await stage('a', 'bytes'), ...A, extension: 'png' });
        await store.keep({ path: await stage('b', 'bytes'), folder: 'items', key: 'b', extension: 'png' });
        await store.batches.writeOutcomes('spring', 0, 0, []);
        expect(await store.identity()).toMatch(/./);
        expect(listed('items')).toEqual(['a.png', 'b.png']);
        expect(warned.mock.calls.length).toBeLessThanOrEqual(1);
      } finally {
        opening.mockRestore();
        warned.mockRestore();
      }
    },
  );

  test('but a file that cannot be synced is no file that was kept', async () => {
    const staged = await stage('a', 'bytes');
    const opening = refuseSync('EPERM', 'files');
    try {
      await expect(store.keep({ path: staged, ...A, extension: 'png' })).rejects.toThrow(StoreUnavailable);
    } finally {
      opening.mockRestore();
    }
  });
});

test('a fault of the disk at the sync of a folder is one', async () => {
  const open = fs.open.bind(fs);
  const opening = jest.spyOn(fs, 'open').mockImplementation(async (...given) => {
    const handle = await open(...given);
    if ((await handle.stat()).isDirectory()) handle.sync = refusing('EIO');
    return handle;
  });
  try {
    await expect(store.stage(A, 'job-1')).rejects.toThrow(/EIO/);
  } finally {
    opening.mockRestore();
  }
});

test('each folder that is made is synced into the one above it', async () => {
  const synced: string[] = [];
  const open = fs.open.bind(fs);
  const opening = jest.spyOn(fs, 'open').mockImplementation(async (...given) => {
    const handle = await open(...given);
    const sync = handle.sync.bind(handle);
    handle.sync = () => {
      synced.push(path.relative(folder, String(given[0])));
      return sync();
    };
    return handle;
  });
  try {
    const place = { folder: 'batches/spring/items', key: 'a' };
    const staged = await store.stage(place, 'job-1');
    writeFileSync(staged, 'bytes');
    synced.length = 0;
    await store.keep({ path: staged, ...place, extension: 'png' });
    expect(synced.filter((name) => !name.startsWith('.incoming'))).toEqual([
      'batches/spring',
      'batches',
      '',
      'batches/spring/items',
    ]);
  } finally {
    opening.mockRestore();
  }
});

test("rows and what leads to them are nobody else's to read; results and outcomes are as the umask says", async () => {
  const readMode = (name: string) => (statSync(path.join(folder, name)).mode & 0o777).toString(8);
  const before = process.umask(0o022);
  try {
    const { batches } = store;
    await plantBatch(batches);
    await batches.writeOutcomes('spring', 0, 0, []);
    const place = { folder: 'batches/spring/items', key: 'a' };
    const staged = await store.stage(place, 'job-1');
    writeFileSync(staged, 'bytes');
    await store.keep({ path: staged, ...place, extension: 'png' });
    await store.identity();
    const modes = readdirSync(folder, { recursive: true }).map((name) => [String(name), readMode(String(name))]);
    expect(Object.fromEntries(modes.filter(([name]) => !name?.startsWith('batches/spring/parts/')))).toEqual({
      '.incoming': '700',
      'store.json': '644',
      batches: '755',
      'batches/spring': '755',
      'batches/spring/manifest.json': '600',
      'batches/spring/runs': '700',
      'batches/spring/runs/000001.json': '600',
      'batches/spring/parts': '700',
      'batches/spring/outcomes': '755',
      'batches/spring/outcomes/000000-000000.jsonl': '644',
      'batches/spring/items': '755',
      'batches/spring/items/a.png': '644',
    });
    const parts = modes.filter(([name]) => name?.startsWith('batches/spring/parts/'));
    expect(parts.map(([, mode]) => mode)).toEqual(['600']);
  } finally {
    process.umask(before);
  }
});

async function plantBatch(batches: FilesystemStore['batches']): Promise<void> {
  const rows = [{ key: 'a', operation: 'generate/image' as const, request: { prompt: 'a secret' } }];
  await batches.writePart({ batchId: 'spring', part: 0, rowsHash: 'a1' }, rows);
  const planned = { ...MANIFEST_FIELDS, batchId: 'spring', parts: [1], rowsHash: 'a1' };
  const manifest = await batches.createManifest(planned);
  await batches.addRun(manifest, { ...planned, rowsHash: 'b2' });
}

test('what a killed worker had staged for a key is removed when the key is kept, and nothing else', async () => {
  await stage('a', 'half', 'killed-1');
  const other = await stage('ab', 'of another key');
  await store.keep({ path: await stage('a', 'whole', 'second-2'), ...A, extension: 'png' });
  expect(listed('.incoming')).toEqual([path.basename(other)]);
});

test('two workers with the same key stage in different files', async () => {
  expect(await store.stage(A, 'x-1')).not.toBe(await store.stage(A, 'y-1'));
});

test('what is discarded is gone, and discarding twice is no error', async () => {
  const staged = await stage('a', 'bytes');
  await store.discard(staged);
  await store.discard(staged);
  expect(listed('.incoming')).toEqual([]);
});

test.each(['../a', '..', 'a/b', '/etc/passwd', 'a\\b', '', '.hidden', '-rf', 'con'])(
  'the key "%s" is refused',
  async (key) => {
    const staged = await stage('safe', 'bytes');
    await expect(store.stage({ folder: 'items', key }, 'job-1')).rejects.toThrow(/not safe as a file name/);
    await expect(store.keep({ path: staged, folder: 'items', key, extension: 'png' })).rejects.toThrow(
      /not safe as a file name/,
    );
    expect(existsSync(path.join(folder, 'items'))).toBe(false);
  },
);

test('a tag that would leave the folder is refused', async () => {
  await expect(store.stage(A, '../x')).rejects.toThrow(/not safe as a file name/);
});

test.each([
  ['the store is a file', () => writeFileSync(folder, '')],
  [
    'its staging folder is a file',
    () => writeFileSync(path.join(mkdirSync(folder, { recursive: true }) ?? folder, '.incoming'), ''),
  ],
])('StoreUnavailable says that %s and which store it is', async (_name, spoil) => {
  spoil();
  const staging = store.stage(A, 'job-1');
  await expect(staging).rejects.toThrow(StoreUnavailable);
  await expect(staging).rejects.toThrow(folder);
});

test('StoreUnavailable is raised if the final folder cannot be made', async () => {
  const staged = await stage('a', 'bytes');
  writeFileSync(path.join(folder, 'items'), '');
  await expect(store.keep({ path: staged, ...A, extension: 'png' })).rejects.toThrow(StoreUnavailable);
});

test('a relative store is relative to the working folder and absolute from then on', () => {
  expect(new FilesystemStore('some-store').root).toBe(path.resolve('some-store'));
});
