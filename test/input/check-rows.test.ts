/** Which rows may be submitted: each on its own, and against the rows before it. */
import { type CheckedRow, type CheckOptions, checkRows } from '../../input/check-rows';
import { readRows } from '../../input/read-rows';
import { OPERATION_NAMES } from '../../workflows/domain/operations/operations';
import { makeSource } from './input-support';

type Values = Readonly<Record<string, unknown>>;

async function check(rows: readonly Values[], options: CheckOptions = {}): Promise<CheckedRow[]> {
  const text = rows.map((row) => JSON.stringify(row)).join('\n');
  const checked: CheckedRow[] = [];
  for await (const one of checkRows(readRows(makeSource(text, 'jsonl')), options)) checked.push(one);
  return checked;
}

async function findProblems(...rows: Values[]): Promise<string[][]> {
  return (await check(rows)).map((one) =>
    one.ok ? [] : one.problems.map(({ field, problem }) => `${field} ${problem}`),
  );
}

const listKeys = (checked: readonly CheckedRow[]) => checked.map((one) => (one.ok ? one.row.key : one.key));

test('a row without a key gets its number, and one without an operation the default', async () => {
  const [first, second] = await check([{ prompt: 'a' }, { prompt: 'b', key: 'own', operation: 'generate/image' }]);
  expect(first).toEqual({
    ok: true,
    row: { line: 1, key: '1', operation: 'generate/image', request: { prompt: 'a' } },
    sameAs: null,
    dropped: false,
    warnings: [],
  });
  expect(second).toMatchObject({ row: { line: 2, key: 'own', request: { prompt: 'b' } } });
});

test('null is not given, and a key may be a whole number', async () => {
  const [only] = await check([{ prompt: 'a', width: null, operation: null, key: 17 }]);
  expect(only).toMatchObject({ ok: true, row: { key: '17', request: { prompt: 'a' } } });
});

test.each([
  ['a path', '../a', /^key is "\.\.\/a"; must be 1 to 128 letters, digits/],
  ['hidden', '.a', /^key is "\.a"; must be/],
  ['like an option', '-a', /^key is "-a"; must be/],
  ['a device of Windows', 'con', /^key is "con"; must not be "con", a reserved name on Windows$/],
  ['ended by a dot', 'x.', /^key is "x\."; must not end with "\."$/],
  ['empty', '', /^key is empty; must be/],
  ['a prompt in the wrong column', 'a secret unicorn', /^key is a text of 16 characters with white space; must be/],
  ['too long', 'x'.repeat(129), /^key is a text of 129 characters; must be/],
  ['a fraction', 1.5, /^key is 1.5; must be/],
  ['a list', ['secret'], /^key is a list or an object; must be/],
])('a key that is %s is refused', async (_name, key, message) => {
  expect(await findProblems({ prompt: 'a', key })).toEqual([[expect.stringMatching(message)]]);
});

test('an unknown operation is refused with what was probably meant', async () => {
  expect(
    await findProblems({ prompt: 'a', operation: 'generate/imgae' }, { prompt: 'b', operation: 'zzzzzzzzz' }),
  ).toEqual([
    ['operation is "generate/imgae"; did you mean generate/image?'],
    [`operation is "zzzzzzzzz"; must be one of ${OPERATION_NAMES.join(', ')}`],
  ]);
});

test('every problem of a row is reported at once, and no prompt is repeated', async () => {
  const [problems = []] = await findProblems({
    key: '../x',
    prompt: ['secret'],
    width: 2_000,
    promt: 'secret',
    'a secret unicorn in the woods': 1,
  });
  expect(problems.map((problem) => problem.split(' ').slice(0, 2).join(' '))).toEqual([
    'key is',
    'prompt is',
    'width is',
    'promt is',
  ]);
  expect(problems.filter((problem) => !problem.startsWith('prompt ')).join()).not.toContain('secret');
});

test.each([
  ['equal', 'a', 'a'],
  ['equal but for case', 'Sneaker', 'sneaKER'],
  ['a number of a row', '2', undefined],
])('two keys that are %s are refused with the line of the first', async (_name, first, second) => {
  const [, problems] = await findProblems({ prompt: 'a', key: first }, { prompt: 'b', key: second });
  expect(problems).toEqual([expect.stringMatching(new RegExp(`^key is "${second ?? 2}", which line 1 has already`))]);
});

test('a row that is wrong keeps its key, so that mending it brings no new problem', async () => {
  expect(await findProblems({ prompt: 'a', key: 'k', width: 0 }, { prompt: 'b', key: 'k' })).toEqual([
    [expect.stringMatching(/^width/)],
    [expect.stringMatching(/^key is "k", which line 1 has/)],
  ]);
});

test('rows that ask for the same are told of, whatever the order of their fields', async () => {
  const rows = [
    { prompt: 'a', width: 5, key: 'x' },
    { width: 5, prompt: 'a', operation: 'generate/image', key: 'y' },
    { prompt: 'a', width: 6 },
  ];
  expect((await check(rows)).map((one) => one.ok && [one.sameAs, one.dropped])).toEqual([
    [null, false],
    [1, false],
    [null, false],
  ]);
});

test('such rows are dropped where that is wanted, with their keys', async () => {
  const rows = [
    { prompt: 'a', key: 'x' },
    { prompt: 'a', key: 'x' },
    { prompt: 'a', key: 'y' },
    { prompt: 'b', key: 'y' },
  ];
  const checked = await check(rows, { dropDuplicates: true });
  expect(checked.map((one) => one.ok && one.dropped)).toEqual([false, true, true, false]);
  expect(listKeys(checked)).toEqual(['x', 'x', 'y', 'y']);
});

test('no row is dropped for one that is not made itself', async () => {
  const rows = [
    { prompt: 'a', key: 'x' },
    { prompt: 'b', key: 'x' },
    { prompt: 'b', key: 'y' },
  ];
  const checked = await check(rows, { dropDuplicates: true });
  expect(checked.map((one) => (one.ok ? one.dropped : 'wrong'))).toEqual([false, 'wrong', false]);
});
