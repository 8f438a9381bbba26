/** What a plan says of a file. */
import type { PlannedRow } from '../../input/check-rows';
import type { Finding } from '../../input/findings';
import type { Plan, PlanOptions } from '../../input/plan';
import { makeSource, planSource } from './input-support';

const MIXED = 'key,prompt,width\na,x,1\nb,x,1\nc,y,0\nd,,5\ne,z\n';
const plan = (text: string, options: PlanOptions = {}) => planSource(makeSource(text), options);

test('rows are counted as valid, invalid or dropped', async () => {
  const counts = ({ rows, valid, invalid, dropped }: Plan) => [rows, valid, invalid, dropped];
  expect(counts(await plan(MIXED))).toEqual([5, 2, 3, 0]);
  const dropping = await plan(MIXED, { dropDuplicates: true });
  expect(counts(dropping)).toEqual([5, 1, 3, 1]);
  expect(dropping).toMatchObject({ byOperation: { 'generate/image': 1 }, submissions: 1 });
});

test('problems and warnings name the line, the key and the field', async () => {
  const { problems, warnings } = await plan(MIXED);
  expect(problems.first.map(({ line, key, field }) => [line, key, field])).toEqual([
    [4, 'c', 'width'],
    [5, 'd', 'prompt'],
    [6, null, 'row'],
  ]);
  expect(warnings).toMatchObject({
    total: 1,
    first: [
      {
        severity: 'warning',
        line: 3,
        key: 'b',
        field: 'row',
        problem: 'has the same request as line 2; both are paid for; --drop-duplicates leaves this one out',
      },
    ],
  });
});

test('the first 50 are kept, all are counted, and all go to the report', async () => {
  const reported: Finding[] = [];
  const text = `prompt,width\n${'a,0\n'.repeat(60)}${'same,1\n'.repeat(71)}`;
  const { problems, warnings } = await plan(text, { report: async (finding) => void reported.push(finding) });
  expect([problems.total, problems.first.length]).toEqual([60, 50]);
  expect([warnings.total, warnings.first.length]).toEqual([70, 50]);
  expect([problems.kinds, warnings.kinds].map((kinds) => kinds.map(({ count, lines }) => [count, lines]))).toEqual([
    [[60, [2, 3, 4, 5, 6]]],
    [[70, [63, 64, 65, 66, 67]]],
  ]);
  expect(reported).toHaveLength(130);
  expect(reported.filter(({ severity }) => severity === 'problem').slice(0, 50)).toEqual(problems.first);
});

test('valid rows are handed on in order, one at a time', async () => {
  const rows: PlannedRow[] = [];
  let busy = false;
  const onRow = async (row: PlannedRow) => {
    expect(busy).toBe(false);
    busy = true;
    await new Promise((resolve) => setImmediate(resolve));
    busy = false;
    rows.push(row);
  };
  await plan(MIXED, { onRow });
  expect(rows).toEqual([
    { line: 2, key: 'a', operation: 'generate/image', request: { prompt: 'x', width: 1 } },
    { line: 3, key: 'b', operation: 'generate/image', request: { prompt: 'x', width: 1 } },
  ]);
});

test('an error of the reader of the rows ends the reading and is passed on', async () => {
  const full = new Error('disk full');
  await expect(plan(MIXED, { onRow: () => Promise.reject(full) })).rejects.toBe(full);
});

test('progress tells of every row, right or wrong', async () => {
  const seen: number[] = [];
  await plan(MIXED, { onProgress: (rows) => void seen.push(rows) });
  expect(seen).toEqual([1, 2, 3, 4, 5]);
});

test('where a file cannot be read on, the plan says so, with everything before that place', async () => {
  const broken = await plan('prompt,width\na,0\nb,1\n"c,2\n');
  expect(broken).toMatchObject({ complete: false, rows: 2, valid: 1, invalid: 1 });
  expect(broken.problems.first.map(({ line, field }) => [line, field])).toEqual([
    [2, 'width'],
    [4, 'row'],
  ]);
});

test('a wrong header is a problem of the plan, with every problem of it', async () => {
  const wrong = await plan('promt,widht\na,1\n');
  expect(wrong).toMatchObject({ complete: false, rows: 0, problems: { total: 3 } });
});

test('a file without rows is an error', async () => {
  await expect(plan('')).rejects.toThrow('rows.csv is empty');
});

test.each([
  ['only valid rows', 'prompt\na\n', true, true],
  ['valid and invalid rows', 'prompt,width\na,1\nb,0\n', false, true],
  ['only invalid rows', 'prompt,width\na,0\n', false, false],
  ['a damaged end', 'prompt\na\n"b', false, false],
])('a file with %s may start: %s, and skipping invalid rows: %s', async (_name, text, plainly, skipping) => {
  const plans = [await plan(text), await plan(text, { skipInvalid: true })];
  expect(plans.map(({ mayStart }) => mayStart)).toEqual([plainly, skipping]);
});
