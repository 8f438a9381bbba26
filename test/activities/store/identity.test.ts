/** What tells one store from another, and what a store must be able to do before anything relies on it. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkStoreFiles, readIdentity } from '../../../activities/store/filed-store';
import { FolderFiles } from '../../../activities/store/folder/folder-files';
import { StoreUnavailable } from '../../../activities/store/result-store';
import type { StoreFiles } from '../../../activities/store/store-files';
import { tempFolder } from '../../support/temp-folder';

test('of many who ask a new store at once all get the same identity, and keep it', async () => {
  const root = tempFolder();
  const asked = Array.from({ length: 30 }, () => readIdentity(new FolderFiles(root)));
  const [first, ...others] = await Promise.all(asked);
  expect(new Set(others)).toEqual(new Set([first]));
  expect(await readIdentity(new FolderFiles(root))).toBe(first);
});

test('another store has another identity, and a copy has the same', async () => {
  const [one, other, copy] = [tempFolder(), tempFolder(), path.join(tempFolder(), 'copy')];
  const identity = await readIdentity(new FolderFiles(one));
  expect(await readIdentity(new FolderFiles(other))).not.toBe(identity);
  cpSync(one, copy, { recursive: true });
  expect(await readIdentity(new FolderFiles(copy))).toBe(identity);
});

test('it is read anew each time, for the disk of a folder may be mounted later', async () => {
  const root = tempFolder();
  const files = new FolderFiles(root);
  await readIdentity(files);
  writeFileSync(path.join(root, 'store.json'), '{"id":"of the disk"}\n');
  expect(await readIdentity(files)).toBe('of the disk');
});

test.each(['', 'not JSON', '{}', '{"id":""}', 'null'])('a file that holds %j is refused by its name', async (text) => {
  const root = tempFolder();
  writeFileSync(path.join(root, 'store.json'), text);
  const reading = readIdentity(new FolderFiles(root));
  await expect(reading).rejects.toThrow(StoreUnavailable);
  await expect(reading).rejects.toThrow(path.join(root, 'store.json'));
});

test('a folder that can be written passes the probe, again and again', async () => {
  const files = new FolderFiles(tempFolder());
  await checkStoreFiles(files);
  await Promise.all(Array.from({ length: 10 }, () => checkStoreFiles(files)));
});

test('a store that overwrites on a conditional create fails the probe, with what it lacks', async () => {
  const root = tempFolder();
  const folder = new FolderFiles(root);
  const files: StoreFiles = {
    addressOf: (name) => folder.addressOf(name),
    write: (name, text) => folder.write(name, text),
    read: (name) => folder.read(name),
    has: (name) => folder.has(name),
    list: (beginning) => folder.list(beginning),
    create: async (name, text) => {
      await folder.write(name, text);
      return readFileSync(folder.addressOf(name), 'utf8');
    },
  };
  await expect(checkStoreFiles(files)).rejects.toThrow(/ignores "If-None-Match: \*".*use a server that supports/);
});
