/** The flags of `imagepipeline plan`, standard input, and progress. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { planCommand } from '../../cli/batch/plan';
import { tempFolder } from '../support/temp-folder';
import { splitChunks } from './input-support';
import { collect, folderWith, run } from './plan-support';

const GOOD = 'key,prompt\na,x\nb,y\n';

test('every problem with the flags is reported at once', async () => {
  const prices = ['--price', 'generate/imag=1', '--price', 'generate/image=-1', '--price', '5'];
  const folder = tempFolder();
  writeFileSync(path.join(folder, 'in.doc'), 'x');
  const { code, stdout, stderr } = await run(folder, 'in.doc', 'more', '--report', './in.doc', ...prices);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr.trimEnd().split('\n')).toEqual([
    'unexpected argument "more"; quote the file',
    '--price is "generate/imag=1"; did you mean generate/image?',
    '--price is "generate/image=-1"; the amount must be 0 or more, like 0.01',
    '--price is "5"; must be an operation and an amount, like generate/image=0.01',
    '--report is the input file; must be another file',
    'in.doc has the extension ".doc", which names no format; add --format csv, jsonl, json or txt',
  ]);
});

test.each([
  ['an unknown flag', ['in.csv', '--skip-invald'], 'unknown flag --skip-invald; did you mean --skip-invalid?\n'],
  ['a file that is not there', ['gone.csv'], 'gone.csv does not exist; check the path\n'],
  ['a report that cannot be written', ['in.csv', '--report', 'no/x'], 'the report no/x cannot be written (ENOENT)'],
])('%s is bad usage', async (_name, args, message) => {
  const folder = folderWith('in.csv', GOOD);
  const { code, stdout, stderr } = await run(folder, ...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(existsSync(path.join(folder, 'gone.csv.problems.jsonl'))).toBe(false);
});

test('standard input is planned, and leaves no report unless it is requested', async () => {
  const folder = tempFolder();
  const { context, texts } = collect(folder);
  const stdin = () => splitChunks('{"prompt":""}\n');
  expect(await planCommand('-', { format: 'jsonl' }, context, stdin())).toBe(2);
  expect(texts.stderr).toContain('line 1, key "1": prompt is empty');
  expect(texts.stdout).toContain('standard input: 1 row, 0 valid, 1 invalid');
  expect(existsSync(path.join(folder, '-.problems.jsonl'))).toBe(false);
  await planCommand('-', { format: 'jsonl', report: 'r.jsonl' }, context, stdin());
  expect(existsSync(path.join(folder, 'r.jsonl'))).toBe(true);
});

test('a lone dash is taken for standard input, not for a flag', async () => {
  const { stderr } = await run(tempFolder(), '-');
  expect(stderr).toBe('standard input has no extension that names its format; add --format csv, jsonl, json or txt\n');
});

test('progress is shown on a terminal at most twice a second, and taken away; elsewhere not at all', async () => {
  const folder = folderWith('in.csv', `prompt\n${'a\n'.repeat(1_000)}`);
  let now = 0;
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => {
    now += 1;
    return now;
  });
  const [terminal, elsewhere] = [collect(folder, true), collect(folder)];
  await planCommand('in.csv', {}, terminal.context, splitChunks(''));
  const shown = terminal.texts.stderr.match(/in\.csv: \d+ rows read/g) ?? [];
  expect(shown.length).toBeGreaterThan(0);
  expect(shown.length).toBeLessThanOrEqual(now / 500);
  expect(terminal.texts.stderr).toContain('rows read\n\r\u001b[2K\u001b[1A\r\u001b[2Kwarning');
  await planCommand('in.csv', {}, elsewhere.context, splitChunks(''));
  expect(elsewhere.texts.stderr).not.toContain('rows read');
  clock.mockRestore();
});
