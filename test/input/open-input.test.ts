/** Where input comes from, and how its format is known. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openInput } from '../../input/open-input';
import { readRows } from '../../input/read-rows';
import { tempFolder } from '../support/temp-folder';
import { readAll, splitChunks } from './input-support';

const cwd = tempFolder();
for (const name of ['a', 'a.dat', 'a.xlsx', 'rows.zip']) writeFileSync(path.join(cwd, name), '');
const open = (file: string, format?: string) => openInput(file, { cwd, format, stdin: splitChunks('{"prompt":"a"}') });

test.each([
  ['a.csv', undefined, 'csv'],
  ['a.CSV', undefined, 'csv'],
  ['a.jsonl', undefined, 'jsonl'],
  ['a.ndjson', undefined, 'jsonl'],
  ['a.txt', undefined, 'txt'],
  ['a.txt', 'csv', 'csv'],
  ['a.json', undefined, 'json'],
  ['a.tsv', undefined, 'csv'],
  ['a.CSV.GZ', undefined, 'csv'],
  ['a.csv', 'jsonl', 'jsonl'],
  ['-', 'jsonl', 'jsonl'],
])('%s with --format %s is read as %s', (file, format, expected) => {
  expect(open(file, format).format).toBe(expected);
});

test.each([
  ['a.dat', undefined, 'a.dat has the extension ".dat", which names no format; add --format csv, jsonl, json or txt'],
  ['a', undefined, 'a has no extension that names its format; add --format csv, jsonl, json or txt'],
  ['-', undefined, 'standard input has no extension that names its format; add --format csv, jsonl, json or txt'],
  ['a.csv', 'xlsx', '--format is "xlsx"; must be csv, jsonl, json or txt'],
  ['a.xlsx', undefined, 'a.xlsx is a workbook; save the sheet as "CSV UTF-8" and name that file'],
  ['rows.zip', undefined, 'rows.zip is an archive; unpack it and name the file in it'],
  ['gone', undefined, 'gone does not exist; check the path'],
  ['gone.dat', undefined, 'gone.dat does not exist; check the path'],
  ['gone.xlsx', undefined, 'gone.xlsx does not exist; check the path'],
  ['a/gone', undefined, 'a/gone does not exist; check the path'],
  ['.', undefined, '. is a folder; must be a file (.csv, '],
])('%s with --format %s is refused before it is opened', (file, format, message) => {
  expect(() => open(file, format)).toThrow(message);
});

test('a dash reads standard input', async () => {
  expect((await readAll(open('-', 'jsonl'))).rows.map(({ values }) => values)).toEqual([{ prompt: 'a' }]);
});

test('a file is found from the folder of the command', async () => {
  writeFileSync(path.join(cwd, 'here.csv'), 'prompt\na\n');
  expect((await readAll(open('here.csv'))).rows).toHaveLength(1);
});

test('a file that is not there, a directory and a path through a file are named', async () => {
  mkdirSync(path.join(cwd, 'folder.csv'));
  writeFileSync(path.join(cwd, 'file'), '');
  expect((await readAll(open('gone.csv'))).error).toBe('gone.csv does not exist; check the path');
  expect((await readAll(open('file/x.csv'))).error).toBe('file/x.csv does not exist; check the path');
  expect((await readAll(open('folder.csv'))).error).toBe(
    'folder.csv is a folder; must be a file (.csv, .tsv, .tab, .jsonl, .ndjson, .json, .txt)',
  );
});

test('any other reason why a file cannot be read is given by its code', async () => {
  symlinkSync('loop.csv', path.join(cwd, 'loop.csv'));
  expect((await readAll(open('loop.csv'))).error).toBe('loop.csv cannot be read (ELOOP)');
});

test('reading holds the file back: no more is taken than is requested', async () => {
  let taken = 0;
  async function* endless(): AsyncIterable<Uint8Array> {
    yield Buffer.from('prompt\n');
    for (;;) {
      taken += 1;
      yield Buffer.from('a\n'.repeat(1_000));
    }
  }
  const source = openInput('-', { cwd, format: 'csv', stdin: endless() });
  let rows = 0;
  for await (const { number } of readRows(source)) {
    rows = number;
    if (number === 5_000) break;
  }
  expect(rows).toBe(5_000);
  expect(taken).toBeLessThanOrEqual(7);
});

test.each([
  ['csv', 'key,width\na,1\n'],
  ['csv', 'prompt\n\0'],
  ['jsonl', '[{"prompt":"a"}]]'],
] as const)('%s: a source is closed although %j cannot be read to its end', async (format, content) => {
  let isClosed = false;
  async function* source(): AsyncIterable<Uint8Array> {
    try {
      yield Buffer.from(content);
      yield Buffer.from(content);
    } finally {
      isClosed = true;
    }
  }
  const { error } = await readAll({ name: 'rows', format, bytes: source() });
  expect([error, isClosed]).toEqual([expect.any(String), true]);
});
