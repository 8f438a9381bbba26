/** What a JSONL file means, and how it is refused. */
import { formatProblems, makeSource, readAll } from './input-support';

const read = (content: string) => readAll(makeSource(content, 'jsonl'));

test('values keep the types that they have in JSON', async () => {
  const values = { prompt: 'a', width: '512', height: 512, enhance_prompt: false, palette: ['#000000'] };
  expect((await read(`${JSON.stringify(values)}\n`)).rows[0]?.values).toEqual(values);
});

test.each([
  ['LF', '{"prompt":"a"}\n{"prompt":"b"}\n'],
  ['CR LF', '{"prompt":"a"}\r\n{"prompt":"b"}\r\n'],
  ['no line end at the end', '{"prompt":"a"}\n{"prompt":"b"}'],
  ['a byte order mark', '\ufeff{"prompt":"a"}\n{"prompt":"b"}\n'],
])('a file with %s has the same rows', async (_name, content) => {
  const { rows, error } = await read(content);
  expect(error).toBeNull();
  expect(rows.map(({ line, number, values }) => [line, number, values['prompt']])).toEqual([
    [1, 1, 'a'],
    [2, 2, 'b'],
  ]);
});

test('blank lines count as lines and not as rows', async () => {
  const { rows } = await read('\n{"prompt":"a"}\n\r\n  \n{"prompt":"b"}');
  expect(rows.map(({ line, number }) => [line, number])).toEqual([
    [2, 1],
    [5, 2],
  ]);
});

test.each([
  ['broken JSON', '{"prompt": a secret}', /^2: row is not valid JSON.*; must be an object, for instance/],
  [
    'broken JSON with a place',
    '{"prompt":"a secret" "width":1}',
    /^2: row is not valid JSON at character 22: expected "," or "}"; must/,
  ],
  ['half an object', '{"prompt":"a secret"', /^2: row is not valid JSON/],
  ['two objects, one of them broken', '{"prompt":"a secret"}{"prompt"}', /^2: row is not valid JSON/],
  ['a list', '["a secret"]', /^2: row is a list; must be an object/],
  ['a text', '"a secret"', /^2: row is a string; must/],
  ['null', 'null', /^2: row is null; must/],
])('%s is a problem of its line alone and is not repeated', async (_name, line, message) => {
  const result = await read(`{"prompt":"a"}\n${line}\n{"prompt":"b"}\n`);
  const [problem = '', ...more] = formatProblems(result);
  expect(problem).toMatch(message);
  expect(problem).not.toContain('secret');
  expect({ more, rows: result.rows.length, error: result.error }).toEqual({ more: [], rows: 3, error: null });
});

test('a line of 10 MB is a problem of its line alone', async () => {
  const result = await read(`{"prompt":"${'x'.repeat(10_000_000)}"}\n{"prompt":"b"}\n`);
  expect(formatProblems(result)).toEqual(['1: row is longer than 1000000 bytes; shorten it']);
  expect(result.rows[1]?.values).toEqual({ prompt: 'b' });
});

test.each([
  ['empty', '', 'rows.jsonl is empty; must have at least one row'],
  ['blank lines only', '\n \n', 'rows.jsonl has blank lines or an empty list, and no rows; must have at least one'],
])('a file that is %s is refused', async (_name, content, message) => {
  expect(await read(content)).toEqual({ rows: [], error: message });
});
