/** A ZIP of files in the store, over a real folder: what is in it, how it is read, and what is left of a reader who goes. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { keptFileAt } from '../../activities/store';
import { openStore } from '../../client/open-store';
import { streamZip } from '../../gateway/api/files/zip';
import { tempFolder } from '../support/temp-folder';
import { until } from '../support/until';

const FOLDER = 'batches/spring/items';
const MODIFIED = new Date('2026-05-01T00:00:00Z');
const root = tempFolder();
const store = openStore({ IMAGEPIPELINE_STORE: root }, '/');
const names = Array.from({ length: 300 }, (_, number) => `k${number}.png`);

beforeAll(() => {
  mkdirSync(path.join(root, FOLDER), { recursive: true });
  for (const [number, name] of names.entries())
    writeFileSync(path.join(root, FOLDER, name), Buffer.alloc(64 * 1024, number));
});

async function* list(given: readonly string[]) {
  for (const name of given) yield keptFileAt({ folder: FOLDER, key: name.replace(/[.~].*/, '') }, name);
}

function listEntries(zip: Buffer): readonly unknown[] {
  const file = path.join(tempFolder(), 'files.zip');
  writeFileSync(file, zip);
  const program = [
    'import sys, zipfile, json',
    'z = zipfile.ZipFile(sys.argv[1])',
    'assert z.testzip() is None',
    'print(json.dumps([[i.filename, i.file_size, i.compress_type, i.date_time[0]] for i in z.infolist()]))',
  ];
  return JSON.parse(execFileSync('python3', ['-c', program.join('\n'), file], { encoding: 'utf8' }));
}

async function readZip(given: readonly string[]): Promise<Buffer> {
  return Buffer.concat(await streamZip(store, list(given), { modified: MODIFIED, onError: fail }).toArray());
}

function fail(error: unknown): never {
  throw error;
}

/** Skipped with a count where there is no Python, which reads ZIP files by a library of its own. */
const testIfPython = hasPython() ? test : test.skip;

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import zipfile']);
    return true;
  } catch {
    return false;
  }
}

testIfPython('it has every file, stored as it is, and lists what is missing', async () => {
  const entries = listEntries(await readZip(['k1.png', 'gone.png', 'k2.png']));
  expect(entries).toEqual([
    ['k1.png', 64 * 1024, 0, 2026],
    ['k2.png', 64 * 1024, 0, 2026],
    ['not-in-store.txt', 'gone.png\n'.length, 0, expect.any(Number)],
  ]);
  expect(listEntries(await readZip([]))).toEqual([]);
});

test('a reader who takes nothing makes it stop, and one who goes leaves no file open', async () => {
  const openFiles = () => readdirSync('/proc/self/fd').length;
  const before = openFiles();
  let asked = 0;
  async function* counted() {
    for await (const kept of list(names)) {
      asked += 1;
      yield kept;
    }
  }
  const zip = streamZip(store, counted(), { modified: MODIFIED, onError: fail });
  await new Promise((resolve) => zip.once('readable', resolve));
  for (let turns = 0; turns < 200; turns += 1) await turn();
  expect(asked).toBeLessThan(10);
  zip.destroy();
  await until('its file is closed', () => openFiles() <= before);
  expect(asked).toBeLessThan(12);
});

test('an error of the store ends it, and is reported', async () => {
  const errors: unknown[] = [];
  async function* broken() {
    yield* list(['k1.png']);
    throw new Error('the store is away');
  }
  const zip = streamZip(store, broken(), { modified: MODIFIED, onError: (error) => errors.push(error) });
  await expect(zip.toArray()).rejects.toThrow('the store is away');
  expect(errors).toHaveLength(1);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));
