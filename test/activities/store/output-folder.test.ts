/** The folder that receives copies of results. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OutputFolder } from '../../../activities/store';
import { hashOf } from '../../support/hash-of';
import { tempFolder } from '../../support/temp-folder';

const BYTES = Buffer.from('a result');
const FILE = { name: 'a.png', bytes: BYTES.length, sha256: hashOf(BYTES) };
const read = async () => BYTES;

const findTemporary = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.startsWith('.imagepipeline-'))
    .map((name) => path.join(folder, name));

test('a full disk is named, leaves no file, and the next file is tried', async () => {
  const folder = tempFolder();
  const output = await OutputFolder.open(folder);
  const [temporary = ''] = findTemporary(folder);
  symlinkSync('/dev/full', path.join(temporary, FILE.name));
  await expect(output.put(FILE, read)).rejects.toThrow(/is on a full disk: free space, .* \(ENOSPC\)$/);
  expect(await output.put({ ...FILE, name: 'b.png' }, read)).toBe('copied');
  await output.close();
  expect(readdirSync(folder)).toEqual(['b.png']);
});

test('a damaged file is not copied, and one that appears meanwhile is not replaced', async () => {
  const folder = tempFolder();
  const output = await OutputFolder.open(folder);
  await expect(output.put(FILE, async () => Buffer.from('others'))).rejects.toThrow('differs from the recorded result');
  const readLate = async () => {
    writeFileSync(path.join(folder, FILE.name), 'of another process');
    return BYTES;
  };
  expect(await output.put(FILE, readLate)).toBe('differs');
  await output.close();
  expect(readFileSync(path.join(folder, FILE.name), 'utf8')).toBe('of another process');
});

test('names with a path are refused', async () => {
  const output = await OutputFolder.open(tempFolder());
  for (const name of ['../a.png', 'a/b.png', '.hidden', '..'])
    await expect(output.put({ ...FILE, name }, read)).rejects.toThrow('is not the name of a file in the folder');
  await output.close();
});

test('a new folder that stays empty is removed, and so are leftovers of a killed process', async () => {
  const folder = tempFolder();
  await (await OutputFolder.open(path.join(folder, 'new'))).close();
  expect(readdirSync(folder)).toEqual([]);
  const [old, young] = ['old', 'young'].map((name) => path.join(folder, `.imagepipeline-${name}`));
  for (const name of [old ?? '', young ?? '']) mkdirSync(name);
  writeFileSync(path.join(old ?? '', 'a.png'), 'half');
  utimesSync(old ?? '', new Date(0), new Date(0));
  await (await OutputFolder.open(folder)).close();
  expect(findTemporary(folder)).toEqual([young]);
});
