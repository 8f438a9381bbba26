/** Rows of a program are validated as those of a file are. */
import { type BatchRow, type BatchRows, InvalidRequestError, type RowProblem } from '../../client';
import { type PlanBatchOptions, planBatch } from '../../client/batches/plan-batch';
import { makeSource, planSource } from '../input/input-support';
import { newInputs } from '../support/no-inputs';

const GOOD: BatchRow = { key: 'a', prompt: 'a fox', width: 64, height: 64 };

const CONTEXT = { cwd: null, newInputs };
const plan = (rows: BatchRows, options: Partial<PlanBatchOptions> = {}) => planBatch(CONTEXT, { rows, ...options });

async function* oneByOne(rows: readonly BatchRow[]): AsyncGenerator<BatchRow> {
  for (const row of rows) yield row;
}

async function findProblems(rows: readonly unknown[], options: Partial<PlanBatchOptions> = {}): Promise<string[]> {
  const { problems } = await plan(rows as readonly BatchRow[], options);
  return problems.map(({ index, key, field, problem }) => `${index} ${key}: ${field} ${problem}`);
}

test.each([
  ['an array', [GOOD, { ...GOOD, key: 'b' }]],
  ['an iterable', new Set([GOOD, { ...GOOD, key: 'b' }])],
  ['an async iterable', oneByOne([GOOD, { ...GOOD, key: 'b' }])],
])('%s of rows is planned', async (_name, rows) => {
  expect(await plan(rows)).toMatchObject({ mayStart: true, rows: 2, valid: 2, submissions: 2, problemCount: 0 });
});

test('the same rows in a file and in a program are the same batch', async () => {
  const rows = [GOOD, { ...GOOD, key: 'b', seed: undefined, negative_prompt: null, sku: 7 }];
  const text = rows.map((row) => JSON.stringify(row)).join('\n');
  const { contentSha256 } = await planSource(makeSource(text, 'jsonl'));
  expect((await plan(rows)).contentSha256).toBe(contentSha256);
});

test('every problem has the index and the key of its row', async () => {
  const rows = [
    GOOD,
    { ...GOOD, key: 'A' },
    { ...GOOD, key: 'b', width: 5_000, height: 'tall' },
    'a fox',
    { ...GOOD, key: '../c' },
    { ...GOOD, key: 'd', with: 64 },
    { ...GOOD, key: 'e', width: Number.NaN },
    { ...GOOD, key: 'f', sku: 7n },
  ];
  expect(await findProblems(rows)).toEqual([
    '1 A: key is "A", which rows[0] has already (case is ignored, as in many file systems); each row must have a unique key',
    expect.stringContaining('2 b: width is 5000; must be a whole number from'),
    expect.stringContaining('2 b: height is "tall"; must be a whole number from'),
    '3 null: row is a string; must be an object, for instance { key, prompt }',
    expect.stringContaining('4 null: key is "../c"; must be 1 to 128 letters'),
    '5 d: with is not known; did you mean width? rename it to width, or name it in "carry" to keep with as it is',
    expect.stringContaining('6 e: width is NaN; must be'),
    '7 null: row carries values that JSON cannot hold; leave them out',
  ]);
});

test('every problem is reported, also those that are not kept', async () => {
  const rows = Array.from({ length: 1_500 }, (_, index) => ({ ...GOOD, key: `k${index}`, width: 5_000 }));
  const told: RowProblem[] = [];
  const { problems, problemCount, mayStart } = await plan(rows, { onProblem: (problem) => void told.push(problem) });
  expect([problems.length, problemCount, told.length, mayStart]).toEqual([1_000, 1_500, 1_500, false]);
  expect(told.at(-1)).toMatchObject({ index: 1_499, key: 'k1499', field: 'width' });
});

test('duplicates are counted and told as warnings, or left out', async () => {
  const rows = [GOOD, { ...GOOD, key: 'b' }, { ...GOOD, key: 'c', prompt: 'an owl' }];
  const both = await plan(rows, { prices: { 'generate/image': 0.01 } });
  expect(both).toMatchObject({ valid: 3, duplicates: 1, dropped: 0, cost: { amount: 0.03, unpriced: [] } });
  expect(both.warnings).toEqual([
    {
      index: 1,
      key: 'b',
      field: 'row',
      problem: 'has the same request as rows[0]; both are paid for; dropDuplicates leaves this one out',
    },
  ]);
  expect(await plan(rows, { dropDuplicates: true })).toMatchObject({ valid: 2, duplicates: 1, dropped: 1 });
});

test('rows that are not valid may be skipped', async () => {
  const rows = [GOOD, { ...GOOD, key: 'b', width: 5_000 }];
  expect(await plan(rows)).toMatchObject({ mayStart: false, valid: 1, invalid: 1 });
  expect(await plan(rows, { skipInvalid: true })).toMatchObject({ mayStart: true, valid: 1, invalid: 1 });
});

test.each([
  ['no rows', [], 'rows has no rows; must have at least one'],
  ['a text', 'rows.csv', 'rows is a string; must be an array, an iterable or an async iterable of rows'],
  ['nothing', undefined, 'rows is undefined; must be an array'],
])('%s is refused', async (_name, rows, words) => {
  const error: unknown = await plan(rows as unknown as BatchRows).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(InvalidRequestError);
  expect(String(error)).toContain(words);
});

test('wrong limits are refused before a row is read', async () => {
  let reads = 0;
  async function* rows(): AsyncGenerator<BatchRow> {
    reads += 1;
    yield GOOD;
  }
  const error = planBatch(CONTEXT, { rows: rows(), concurrency: 0, prices: { 'generate/soup': 1 } as never });
  await expect(error).rejects.toThrow(
    /concurrency is 0; must be .*\nprices.generate\/soup is not an operation; must be one of/,
  );
  expect(reads).toBe(0);
});

test('what a row carries along is a copy', async () => {
  const carried = { color: 'red' };
  const rows = function* (): Generator<BatchRow> {
    yield { ...GOOD, tags: carried };
    carried.color = 'blue';
  };
  expect(await plan(rows())).toMatchObject({ valid: 1, warningCount: 1 });
});
