/** The rooms of the product: no circles, no loose files in the domain, and everything pure inside it. */
import path from 'node:path';
import { circlesIn, folderGraph, importGraph } from './circles';
import { type Import, readSources, type Source } from './sources';

const SOURCES = readSources(path.join(__dirname, '..', '..'));

const DOMAIN = 'workflows/domain/';
const MAX_ROOMS = 10;

/** The room of a file of the domain. */
function findRoom(file: string): string | null {
  const [room = '', ...below] = file.startsWith(DOMAIN) ? file.slice(DOMAIN.length).split('/') : [];
  return below.length === 0 ? null : room;
}

const inDomain = SOURCES.filter(({ file }) => file.startsWith(DOMAIN));

/** A product of these files, each with the files of which it imports types. */
function product(files: Readonly<Record<string, readonly string[]>>): readonly Source[] {
  return Object.entries(files).map(([file, targets]) => ({
    file,
    readsEnvironment: false,
    imports: targets.map((target): Import => ({ target, ours: true, typeOnly: true, names: [] })),
  }));
}

test('no files import each other in a circle, not even for their types', () => {
  expect(circlesIn(importGraph(SOURCES))).toEqual([]);
});

test.each([
  ['two files', { 'a.ts': ['b'], 'b.ts': ['a'] }, ['a -> b -> a']],
  ['three files', { 'a.ts': ['b'], 'b.ts': ['c'], 'c.ts': ['a'] }, ['a -> b -> c -> a']],
  ['a folder and its index', { 'a/index.ts': ['a/b'], 'a/b.ts': ['a'] }, ['a -> a/b -> a']],
  ['two circles', { 'a.ts': ['b'], 'b.ts': ['a'], 'c.ts': ['d', 'a'], 'd.ts': ['c'] }, ['a -> b -> a', 'c -> d -> c']],
])('a circle of %s is found', (_name, files, circles) => {
  expect(circlesIn(importGraph(product(files)))).toEqual(circles);
});

test('a file that several others import makes no circle', () => {
  expect(circlesIn(importGraph(product({ 'a.ts': ['b', 'c'], 'b.ts': ['d'], 'c.ts': ['d'], 'd.ts': [] })))).toEqual([]);
});

test('the domain has few rooms, and no file outside them', () => {
  const rooms = new Set(inDomain.map(({ file }) => findRoom(file)));
  expect(inDomain.filter(({ file }) => findRoom(file) === null)).toEqual([]);
  expect(rooms.size).toBeGreaterThan(1);
  expect(rooms.size).toBeLessThanOrEqual(MAX_ROOMS);
});

test('no rooms of the domain import each other in a circle', () => {
  expect(circlesIn(folderGraph(inDomain, findRoom))).toEqual([]);
});

test('a circle of rooms is found where no file is in one', () => {
  const files = {
    'workflows/domain/a/x.ts': ['workflows/domain/b/y'],
    'workflows/domain/b/z.ts': ['workflows/domain/a/x'],
  };
  expect(circlesIn(folderGraph(product(files), findRoom))).toEqual(['a -> b -> a']);
});

/** What is outside the domain without a word of Temporal, and why. */
const NOT_PURE: Readonly<Record<string, string>> = {
  'workflows/index.ts': 'the entry of the bundle',
  'workflows/public.ts': 'what the package exports',
  'workflows/nexus-service.ts': 'the contract of the service, from the package that callers use',
  'workflows/item/item-terms.ts': 'checks what a workflow is started with, as it is declared in messages',
  'workflows/item/run-item.ts': 'waits and calls activities, by the files beside it',
  'workflows/item/run-step.ts': 'waits and calls activities, by the files beside it',
  'workflows/account/account-activities.ts': 'calls activities',
  'workflows/batch/batch-activities.ts': 'calls activities',
};

test('workflow code that knows nothing of Temporal is in the domain', () => {
  const pure = SOURCES.filter(({ file }) => file.startsWith('workflows/') && !file.startsWith(DOMAIN)).filter(
    ({ imports }) => !imports.some(({ target }) => target.startsWith('@temporalio/')),
  );
  expect(pure.map(({ file }) => file).sort()).toEqual(Object.keys(NOT_PURE).sort());
});
