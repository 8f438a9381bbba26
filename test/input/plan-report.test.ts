/** The report that holds every problem, where 50 are shown. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { folderWith, run } from './plan-support';

const GOOD = 'key,prompt\na,x\nb,y\n';

test('of many kinds of problems 50 are shown, and the report that has all is named', async () => {
  const rows = Array.from({ length: 3_000 }, (_, index) => `a,-${index + 1}\n`);
  const folder = folderWith('in.csv', `prompt,width\n${rows.join('')}`);
  const { stderr } = await run(folder, 'in.csv');
  expect(stderr.match(/width is -/g)).toHaveLength(50);
  expect(stderr).toContain('2950 more problems; all of them are in in.csv.problems.jsonl\n');
  expect(readFileSync(path.join(folder, 'in.csv.problems.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(3_000);
});

test('a problem of many rows is one line with the places', async () => {
  const folder = folderWith('in.csv', `prompt,width\n${'a,0\n'.repeat(300)}`);
  const { stderr } = await run(folder, 'in.csv');
  expect(stderr.split('\n')).toEqual([
    'lines 2, 3, 4, 5, 6 and 295 more: width is 0; must be a whole number from 1 to 1024',
    '300 problems in all; all of them are in in.csv.problems.jsonl',
    expect.stringContaining('nothing can be started'),
    '',
  ]);
});

test('equal rows are warned of and right; a report of them is made where it is requested', async () => {
  const folder = folderWith('in.csv', `prompt\n${'a\n'.repeat(60)}`);
  const plain = await run(folder, 'in.csv');
  expect(plain.code).toBe(0);
  expect(plain.stderr).toContain('warning: lines 3, 4, 5, 6, 7 and 54 more: row has the same request as line 2;');
  expect(plain.stderr).toContain('59 warnings in all; --report FILE writes all of them\n');
  expect(existsSync(path.join(folder, 'in.csv.problems.jsonl'))).toBe(false);
  const asked = await run(folder, 'in.csv', '--report', 'all.jsonl');
  expect(asked.stderr).toContain('59 warnings in all; all of them are in all.jsonl\n');
  expect(readFileSync(path.join(folder, 'all.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(59);
  const dropped = await run(folder, 'in.csv', '--drop-duplicates');
  expect(dropped.stdout).toContain('60 rows, 1 valid, 0 invalid, 59 dropped');
});

test('an older report that was requested is emptied where there is nothing to report', async () => {
  const folder = folderWith('in.csv', GOOD);
  writeFileSync(path.join(folder, 'all.jsonl'), 'old');
  await run(folder, 'in.csv', '--report', 'all.jsonl');
  expect(readFileSync(path.join(folder, 'all.jsonl'), 'utf8')).toBe('');
});
