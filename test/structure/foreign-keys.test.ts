/** No plain record is read, written or searched by a name from outside, which may be `constructor`. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { tempFolder } from '../support/temp-folder';
import { PRODUCT_FOLDERS } from './sources';

const ROOT = path.join(__dirname, '..', '..');
const CHECK = path.join(__dirname, 'foreign-keys.mjs');
function foundIn(config: string, places: readonly string[]): readonly string[] {
  const output = execFileSync(process.execPath, [CHECK, config, ...places], { encoding: 'utf8' });
  return output.split('\n').filter((line) => line !== '');
}

const APP = 'gateway/dashboard/app';

test('the page reads no record by any text', () => {
  expect(foundIn(path.join(ROOT, APP, 'tsconfig.json'), ['.'])).toEqual([]);
});

function foundInText(text: string): readonly string[] {
  const root = tempFolder();
  writeFileSync(
    path.join(root, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { strict: true, lib: ['es2022'] } }),
  );
  writeFileSync(path.join(root, 'x.ts'), text);
  return foundIn(path.join(root, 'tsconfig.json'), ['x.ts']);
}

test('only the function for it reads a record by any text', () => {
  expect(foundIn(path.join(ROOT, 'tsconfig.json'), PRODUCT_FOLDERS)).toEqual([
    expect.stringMatching(/^workflows\/domain\/base\/own-value\.ts:\d+ record\[key\]$/),
  ]);
});

test.each([
  ['a read', 'export const f = (all: Record<string, number>, id: string) => all[id];'],
  ['a read of what may be absent', 'export const f = (all: Record<string, number> | null, id: string) => all?.[id];'],
  ['a write', 'export const f = (all: Record<string, number>, id: string) => { all[id] = 1; };'],
  ['a search', 'export const f = (all: object, id: string) => id in all;'],
  ['a text made of others', "export const f = (all: Record<string, number>, id: string) => all['x-' + id];"],
  ['a text or a number', 'export const f = (all: Record<string, number>, id: string | number) => all[id];'],
])('%s is found', (_name, text) => {
  expect(foundInText(text)).toEqual([expect.stringMatching(/^x\.ts:1 /)]);
});

test.each([
  ['a list by a number', 'export const f = (all: readonly number[], at: number) => all[at];'],
  ['a table by its own names', "export const f = (all: Record<'a' | 'b', number>, name: 'a' | 'b') => all[name];"],
  ['a search for a name in the code', "export const f = (one: { a: 1 } | { b: 1 }) => 'a' in one;"],
  ['a new record', 'export const f = (id: string) => ({ [id]: 1 });'],
])('%s is not', (_name, text) => {
  expect(foundInText(text)).toEqual([]);
});
