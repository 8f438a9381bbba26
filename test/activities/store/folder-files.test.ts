import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { FolderFiles } from '../../../activities/store/folder/folder-files';
import { StoreUnavailable } from '../../../activities/store/result-store';
import { stagedPath } from '../../../activities/store/staging';
import { tempFolder } from '../../support/temp-folder';

const NAME = 'batches/b/outcomes/000000-000001.jsonl';
const OTHER = 'batches/b/outcomes/000000-000002.jsonl';
const LARGE_BYTES = 32 * 1024 * 1024;

let root: string;
let files: FolderFiles;

beforeEach(() => {
  root = tempFolder();
  files = new FolderFiles(root);
});

function staged(): readonly string[] {
  const folder = path.join(root, '.incoming');
  return existsSync(folder) ? readdirSync(folder) : [];
}

function toStagedName(name: string, tag: string): string {
  return path.basename(stagedPath(root, name.split('/'), tag));
}

function leave(name: string): void {
  mkdirSync(path.join(root, '.incoming'), { recursive: true });
  writeFileSync(path.join(root, '.incoming', name), '{"key":"ha');
}

test('what a killed worker had staged for a file is removed when the file is written again, and nothing else', async () => {
  leave(toStagedName(NAME, 'killed'));
  leave(toStagedName(OTHER, 'of-another'));
  await files.write(NAME, 'whole');
  expect(readFileSync(path.join(root, NAME), 'utf8')).toBe('whole');
  expect(staged()).toEqual([toStagedName(OTHER, 'of-another')]);
});

test('what a killed worker had staged is in no list', async () => {
  await files.write('batches/b/outcomes/000000-000000.jsonl', '');
  leave(toStagedName(NAME, 'killed'));
  expect(await files.list('batches/b/outcomes/')).toEqual(['batches/b/outcomes/000000-000000.jsonl']);
});

test('who is overtaken by another writer of the same file has not failed: the other file stands', async () => {
  const overtaken = files.write(NAME, 'a long text '.repeat(5_000_000));
  while (staged().length === 0) await turn();
  writeFileSync(path.join(root, NAME), 'short');
  for (const name of staged()) rmSync(path.join(root, '.incoming', name));
  await overtaken;
  expect(readFileSync(path.join(root, NAME), 'utf8')).toBe('short');
});

test('what vanishes without another in its place was not written', async () => {
  const writing = files.write(NAME, 'a long text '.repeat(5_000_000));
  while (staged().length === 0) await turn();
  for (const name of staged()) rmSync(path.join(root, '.incoming', name));
  await expect(writing).rejects.toThrow(/cannot write .*vanished/);
});

test('a file that cannot be put in its place leaves nothing staged', async () => {
  mkdirSync(path.join(root, NAME), { recursive: true });
  await expect(files.write(NAME, 'text')).rejects.toThrow(path.join(root, NAME));
  expect(staged()).toEqual([]);
  expect(existsSync(path.join(root, NAME))).toBe(true);
});

test('of concurrent creators of a file exactly one succeeds, all get its text, and nothing stays staged', async () => {
  const texts = Array.from({ length: 20 }, (_, number) => `text of ${number} `.repeat(1_000 * (number + 1)));
  const told = await Promise.all(texts.map((text) => new FolderFiles(root).create(NAME, text)));
  expect(new Set(told).size).toBe(1);
  expect(texts).toContain(told[0]);
  expect(readFileSync(path.join(root, NAME), 'utf8')).toBe(told[0]);
  expect(staged()).toEqual([]);
});

test('who creates what is there leaves it as it is', async () => {
  await files.create(NAME, 'first');
  expect(await files.create(NAME, 'second')).toBe('first');
  expect(readFileSync(path.join(root, NAME), 'utf8')).toBe('first');
});

test('a file that cannot be created leaves nothing staged', async () => {
  writeFileSync(path.join(root, 'batches'), '');
  await expect(files.create(NAME, 'text')).rejects.toThrow(path.join(root, NAME));
  expect(staged()).toEqual([]);
});

test('a file of a write that failed while the folder was away goes with the next write', async () => {
  await files.write('uploads/first.json', '{}');
  // Large, so that the folder goes away while it is written.
  const writing = files.write('uploads/large.json', Buffer.alloc(LARGE_BYTES)).catch((error: unknown) => error);
  while (staged().length === 0) await turn();
  renameSync(root, `${root}-away`);
  writeFileSync(root, '');
  expect(await writing).toBeInstanceOf(StoreUnavailable);
  rmSync(root);
  renameSync(`${root}-away`, root);
  expect(staged()).toHaveLength(1);
  await files.write('uploads/other.json', '{}');
  expect(staged()).toEqual([]);
});
