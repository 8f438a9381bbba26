/** What `imagepipeline plan` says of a file, and its exit code. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { formatPlan } from '../../cli/batch/plan-text';
import { tempFolder } from '../support/temp-folder';
import { makeSource, planSource } from './input-support';
import { folderWith, run } from './plan-support';

const GOOD = 'key,prompt\na,x\nb,y\n';
const BAD = 'key,prompt,width\na,a secret unicorn,2000\nb,,1\nc,fine,2\n';

test('a right file is planned: counts, estimates, cost, exit code 0, no report', async () => {
  const folder = folderWith('in.csv', GOOD);
  const { code, stdout, stderr } = await run(folder, 'in.csv', '--price', 'generate/image=0.05');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.split('\n')).toEqual([
    'paid submissions: 2, and one more for each retry of a failed job',
    '  generate/image: 2',
    'time: about 16s with 1 job at a time, about 8s with 10 jobs at a time',
    'cost: 0.1; failed jobs are not charged',
    expect.stringMatching(/^content: sha256 [0-9a-f]{64}$/),
    'in.csv: 2 rows, 2 valid, 0 invalid, 0 dropped',
    '',
  ]);
  expect(existsSync(path.join(folder, 'in.csv.problems.jsonl'))).toBe(false);
});

test('a sample is estimated beside the whole', async () => {
  const rows = Array.from({ length: 20 }, (_, index) => `k${index},prompt ${index}`);
  const folder = folderWith('in.csv', ['key,prompt', ...rows, ''].join('\n'));
  const { stdout } = await run(folder, 'in.csv', '--sample', '3', '--price', 'generate/image=0.05');
  expect(stdout).toContain(
    [
      'cost: 1; failed jobs are not charged',
      'sample: 3 items, 3 paid submissions',
      '  time: about 24s with 1 job at a time, about 8s with 10 jobs at a time',
      '  cost: 0.15; failed jobs are not charged',
      '',
    ].join('\n'),
  );
  const { sample } = JSON.parse((await run(folder, 'in.csv', '--sample', '99', '--json')).stdout);
  expect(sample).toMatchObject({ rows: 20, submissions: 20, byOperation: { 'generate/image': 20 }, cost: null });
  expect(await run(folder, 'in.csv', '--sample', '0')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--sample is 0; must be a whole number, 1 or more'),
  });
});

test('a wrong file: problems with line, key, field and what would be right; no prompt; exit code 2; a report', async () => {
  const folder = folderWith('in.csv', BAD);
  const { code, stdout, stderr } = await run(folder, 'in.csv');
  expect(code).toBe(2);
  expect(stderr).toContain('line 2, key "a": width is 2000; must be a whole number from 1 to 1024\n');
  expect(stderr).toContain('line 3, key "b": prompt is missing; must be a text');
  expect(stderr).toContain('or leave them out with --skip-invalid\n');
  expect(stdout + stderr).not.toContain('unicorn');
  const report = readFileSync(path.join(folder, 'in.csv.problems.jsonl'), 'utf8');
  const lines = report
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ severity, line, field }) => [severity, line, field])).toEqual([
    ['problem', 2, 'width'],
    ['problem', 3, 'prompt'],
  ]);
});

test('rows of a folder have no lines, so a warning about several names the first key', async () => {
  const pixel = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#123456' } })
    .png()
    .toBuffer();
  const folder = tempFolder();
  for (const name of ['a.png', 'b.png', 'c.png']) writeFileSync(path.join(folder, name), pixel);
  const { stderr } = await run(folder, '.', '--operation', 'background/remove/image');
  expect(stderr).toContain('warning: 2 rows, the first with key "b": row has the same request as a.png');
});

test('--skip-invalid is right while one row is', async () => {
  const some = await run(folderWith('in.csv', BAD), 'in.csv', '--skip-invalid');
  expect(some).toMatchObject({ code: 0, stderr: expect.stringContaining('2 rows would be left out\n') });
  const none = await run(folderWith('in.csv', 'prompt,width\na,0\n'), 'in.csv', '--skip-invalid');
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('no row is valid\n') });
  const damaged = await run(folderWith('in.csv', 'prompt\na\n"b'), 'in.csv', '--skip-invalid');
  expect(damaged).toMatchObject({ code: 2, stderr: expect.stringContaining('not even with --skip-invalid\n') });
});

test.each([
  ['with a wrong header', 'promt\na\n'],
  ['that is damaged', 'prompt\n"a'],
])('of a file %s nothing is said of rows, time or money', async (_name, content) => {
  const { code, stdout, stderr } = await run(folderWith('in.csv', content), 'in.csv');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).not.toMatch(/\b0 rows|0s\b/);
});

test('of a file without a right row only the rows are counted', async () => {
  const { stdout } = await run(folderWith('in.csv', 'prompt,width\na,0\n'), 'in.csv');
  expect(stdout).toBe('in.csv: 1 row, 0 valid, 1 invalid, 0 dropped\n');
});

test('--json prints one object on stdout and nothing else', async () => {
  const { code, stdout, stderr } = await run(folderWith('in.csv', BAD), 'in.csv', '--json');
  expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    mayStart: false,
    name: 'in.csv',
    rows: 3,
    valid: 1,
    invalid: 2,
    dropped: 0,
    complete: true,
    problems: { total: 2 },
    warnings: { total: 0, first: [] },
    contentSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    submissions: 1,
    time: [{ concurrency: 1 }, { concurrency: 10 }],
    cost: null,
    report: 'in.csv.problems.jsonl',
  });
});

test.each([
  [0, 'about 0s'],
  [8_001, 'about 9s'],
  [96_000, 'about 1m 36s'],
  [3_600_000, 'about 1h'],
  [3_605_000, 'about 1h 5s'],
  [160_008_000, 'about 1d 20h'],
])('%d ms are %s', async (ms, words) => {
  const plan = await planSource(makeSource(GOOD));
  expect(formatPlan({ ...plan, time: [{ concurrency: 1, ms }] })).toContain(`time: ${words} with 1 job at a time`);
});
