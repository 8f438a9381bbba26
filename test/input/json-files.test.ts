/** JSON as programs write it, prompts as people write them down, and both packed: read where it is unambiguous. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { openInput } from '../../input/open-input';
import { readRows } from '../../input/read-rows';
import { tempFolder } from '../support/temp-folder';
import { allValues, formatProblems, makeSource, planSource, readAll, splitChunks, withoutNulls } from './input-support';

const ROWS = [
  { key: 'a', prompt: 'x ] } , "quoted" \\ and \u{1f600}\nanother line', palette: ['#000000'] },
  { key: 'b', prompt: 'y' },
  { key: 'c', prompt: 'z' },
];
const read = (content: string | Buffer) => readAll(makeSource(content, 'json'));
const lines = (rows: readonly unknown[], between: string) => rows.map((row) => JSON.stringify(row)).join(between);

test.each([
  ['a list in one line', JSON.stringify(ROWS)],
  ['an indented list', JSON.stringify(ROWS, null, 2)],
  ['a list of a row a line', `[\n${lines(ROWS, ',\n')}\n]\n`],
  ['a list with a comma behind the last row', `[\n${lines(ROWS, ',\n')},\n]\n`],
  ['a list without commas', `[\n${lines(ROWS, '\n')}\n]\n`],
  [
    'a list with Windows line ends and a byte order mark',
    `\ufeff${JSON.stringify(ROWS, null, 2).replace(/\n/g, '\r\n')}`,
  ],
  ['indented objects one after the other', ROWS.map((row) => JSON.stringify(row, null, 4)).join('\n')],
  ['indented objects with commas', ROWS.map((row) => JSON.stringify(row, null, 4)).join(',\n')],
  ['two lists that were joined', `${JSON.stringify(ROWS.slice(0, 1))}\n\ufeff${JSON.stringify(ROWS.slice(1))}\n`],
  ['an object a line', lines(ROWS, '\n')],
  ['commas at the ends of lines', `${lines(ROWS, ',\n')},`],
  ['all objects in one line', lines(ROWS, '')],
  ['all objects in one line with commas and blanks', lines(ROWS, ' , ')],
])('%s', async (_name, content) => {
  const bytes = Buffer.from(content);
  for (const cuts of [[], [...bytes.keys()]]) {
    const { rows, error } = await readAll(makeSource(bytes, 'json', cuts));
    expect({ error, values: rows.map(({ values, problems }) => [values, problems]) }).toEqual({
      error: null,
      values: ROWS.map((row) => [row, []]),
    });
    expect(rows.map(({ number }) => number)).toEqual([1, 2, 3]);
  }
});

test('rows of a list have the lines where they begin', async () => {
  const { rows } = await read('\n[\n  {\n    "prompt": "a\\nb"\n  },\n\n  {"prompt": "b"}, {"prompt": "c"}\n]\n');
  expect(rows.map(({ line, number }) => [line, number])).toEqual([
    [3, 1],
    [7, 2],
    [7, 3],
  ]);
});

test('any rows are read back from any of these forms, wherever the chunks are cut', async () => {
  // So long that none of them is near to a field.
  const name = fc.string({ unit: 'binary' }).map((text) => `own column ${text}`);
  const others = fc.dictionary(name, fc.jsonValue());
  const row = others.map((values) => ({ ...values, prompt: 'a' }));
  const form = fc.record({
    indent: fc.nat({ max: 3 }),
    isList: fc.boolean(),
    between: fc.constantFrom(',', ',\n', '\n', ' ,\r\n '),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1 }),
      form,
      fc.array(fc.nat({ max: 400 })),
      async (rows, { indent, isList, between }, cuts) => {
        const body = rows.map((one) => JSON.stringify(one, null, indent)).join(between);
        const { rows: found, error } = await readAll(makeSource(isList ? `[${body}]` : body, 'json', cuts));
        expect(error).toBeNull();
        expect(found.map((one) => [allValues(one), one.problems])).toEqual(rows.map((one) => [withoutNulls(one), []]));
      },
    ),
    { numRuns: 300 },
  );
});

describe('is said in one sentence', () => {
  const many = Array.from({ length: 300 }, (_, index) => ({ prompt: `a secret ${index}` }));
  const indented = JSON.stringify(many, null, 2);

  test.each([
    [
      'a list that was cut off in a row',
      indented.slice(0, -20),
      /^line 899: row begins here and never ends: the file was cut off/,
    ],
    [
      'a list that was cut off behind a row',
      indented.slice(0, -2),
      /^line 1: row is in a list that begins here and never ends/,
    ],
    [
      'a list with a missing quote',
      indented.replace('"a secret 5"', '"a secret 5'),
      /^line \d+: row (is not valid JSON|begins here)/,
    ],
    [
      'a list with a missing brace',
      indented.replace('5"\n  },', '5"\n  '),
      /^line \d+: row (is not valid JSON|begins here)/,
    ],
    ['a bracket too many', `${indented}]`, /^line 902: row has a character outside of every row/],
    [
      'JavaScript',
      "[\n{prompt: 'a secret'}\n]",
      /^line 2: row is not valid JSON at character 2: expected a name in double quotes or "}"; fix it$/,
    ],
  ])('%s', async (_name, content, message) => {
    const { error } = await read(content);
    expect(error).toMatch(message);
    expect(error?.split('\n')).toHaveLength(1);
    expect(error).not.toContain('secret');
  });

  test.each([
    [
      'an object around a list',
      JSON.stringify({ page: 1, images: many }, null, 2),
      'row is an object around the list "images"; must be the list itself',
    ],
    ['a list of lists', JSON.stringify([['prompt'], ['a secret']], null, 1), 'row is a list; must be an object'],
    [
      'a list of texts',
      JSON.stringify(
        many.map(({ prompt }) => prompt),
        null,
        1,
      ),
      'row is a string; must be an object',
    ],
  ])('%s', async (_name, content, message) => {
    const { problems, valid } = await planSource(makeSource(content, 'json'));
    expect(valid).toBe(0);
    expect(problems.kinds.map(({ field, problem }) => `${field} ${problem}`)).toEqual([
      expect.stringContaining(message),
    ]);
  });
});

test('a damaged first line is a problem of its line alone, and no document', async () => {
  const result = await read('{"prompt":"a secret"\n{"prompt":"b"}\n');
  expect(formatProblems(result)).toEqual([expect.stringMatching(/^1: row is not valid JSON/)]);
  expect(result.rows[1]?.values).toEqual({ prompt: 'b' });
});

test('a row of 10 MB in a list is a problem of its row alone', async () => {
  const result = await read(`[{"prompt":"${'x'.repeat(10_000_000)}"},{"prompt":"b"}]`);
  expect(formatProblems(result)).toEqual([expect.stringMatching(/^1: row is longer than 1000000 bytes/)]);
  expect(result.rows[1]?.values).toEqual({ prompt: 'b' });
});

test('a list without an end is read a row at a time: no more is taken than is requested', async () => {
  let taken = 0;
  async function* endless(): AsyncIterable<Uint8Array> {
    yield Buffer.from('[');
    for (;;) {
      taken += 1;
      yield Buffer.from('{"prompt":"a"},\n'.repeat(1_000));
    }
  }
  for await (const { number } of readRows({ name: 'rows.json', format: 'json', bytes: endless() }))
    if (number === 5_000) break;
  expect(taken).toBeLessThanOrEqual(1_100);
});

test.each([
  ['{"prompt":"a","seed":9007199254740993}', 'seed is "9007199254740993"; must be a whole number'],
  ['{"prompt":"a","seed":1.23457E+12}', 'seed is "1.23457E+12", a number that a spreadsheet has rounded'],
  ['{"prompt":"a","guidance_scale":1e400}', 'guidance_scale is "1e400"'],
  ['{"prompt":"5e5","width":12345678901234567890}', 'width is "12345678901234567890"'],
  ['{"prompt":"a","seed":1,"seed":9007199254740993.4}', 'seed is "9007199254740993.4"'],
])('of %s the number is shown as it was typed', async (content, message) => {
  const { problems } = await planSource(makeSource(content, 'json'));
  expect(problems.kinds.map(({ field, problem }) => `${field} ${problem}`)).toEqual([expect.stringContaining(message)]);
});

test('numbers that are right stay numbers beside those that are not', async () => {
  const [row] = (await read('{"prompt":"1e5","seed":42.0,"guidance_scale":7.5e0,"key":12345678901234567890}')).rows;
  expect(row?.values).toEqual({ prompt: '1e5', seed: 42, guidance_scale: 7.5, key: '12345678901234567890' });
});

describe('a text file', () => {
  const text = (content: string | Buffer) => readAll(makeSource(content, 'txt'));

  test('is one prompt a line', async () => {
    const { rows, error } = await text('\ufeffa cat, "with" a hat\r\n\n  -20 C; frozen lake \nlast');
    expect(error).toBeNull();
    expect(rows.map(({ line, number, values }) => [line, number, values])).toEqual([
      [1, 1, { prompt: 'a cat, "with" a hat' }],
      [3, 2, { prompt: '-20 C; frozen lake' }],
      [4, 3, { prompt: 'last' }],
    ]);
  });

  test.each([
    ['key,prompt\na,b\n', 'line 1: row is the header of a CSV file; add --format csv'],
    ['"Prompt";"Key"\na;b\n', 'line 1: row is the header of a CSV file; add --format csv'],
    ['{"prompt":"a"}\n', 'line 1: row begins as JSON does; add --format json'],
  ])('that is another format is named, for its lines would be paid as prompts: %j', async (content, message) => {
    expect(await text(content)).toEqual({ rows: [], error: expect.stringContaining(message) });
  });

  test('without prompts is refused', async () => {
    expect((await text('\n \n')).error).toBe('rows.txt has only blank lines, and no rows; must have at least one');
  });
});

describe('what gzip has packed', () => {
  const cwd = tempFolder();
  const open = (name: string, content: Buffer) => {
    writeFileSync(path.join(cwd, name), content);
    return openInput(name, { cwd, stdin: splitChunks('') });
  };

  test.each([
    ['rows.csv.gz', 'prompt\na\n'],
    ['rows.jsonl.gz', '{"prompt":"a"}\n'],
    ['rows.json.GZ', '[{"prompt":"a"}]'],
    ['rows.txt.gz', 'a\n'],
    ['packed-under-another-name.csv', 'prompt\na\n'],
  ])('%s is read', async (name, content) => {
    const { rows, error } = await readAll(open(name, gzipSync(content)));
    expect({ error, values: rows.map(({ values }) => values) }).toEqual({ error: null, values: [{ prompt: 'a' }] });
  });

  test('a file that is called so and is not packed is read as well', async () => {
    expect((await readAll(open('plain.csv.gz', Buffer.from('prompt\na\n')))).rows).toHaveLength(1);
  });

  test.each([
    ['cut off', (packed: Buffer) => packed.subarray(0, -12)],
    ['damaged', (packed: Buffer) => Buffer.concat([packed.subarray(0, 40), Buffer.alloc(20, 7), packed.subarray(60)])],
  ])('a file that was %s is named', async (_name, spoil) => {
    const rows = Array.from({ length: 2_000 }, (_, index) => `a prompt of its own, ${index * 7_919}`);
    const { error } = await readAll(open('bad.txt.gz', spoil(gzipSync(rows.join('\n')))));
    expect(error).toMatch(/^bad\.txt\.gz is a damaged or truncated gzip file \(Z_\w+\); copy it again$/);
  });

  test('a file that is not there, and standard input', async () => {
    expect((await readAll(openInput('gone.csv.gz', { cwd, stdin: splitChunks('') }))).error).toContain(
      'does not exist',
    );
    const stdin = splitChunks(gzipSync('prompt\na\n'), [1, 2, 9]);
    expect((await readAll(openInput('-', { cwd, format: 'csv', stdin }))).rows).toHaveLength(1);
  });

  test('a row as text is never unpacked twice', async () => {
    const { error } = await readAll(open('twice.csv.gz', gzipSync(gzipSync('prompt\na\n'))));
    expect(error).toBe('twice.csv.gz is compressed by gzip; unpack it first');
  });
});

test('a list of many rows takes no more memory than a few', () => {
  const script = `
    const { planRows } = require('./input/plan');
    const { readRows } = require('./input/read-rows');
    async function* rows() { yield Buffer.from('['); for (let n = 0; n < 300; n += 1) yield Buffer.from('{"prompt":"${'x'.repeat(2_000)}"},'.repeat(500)); yield Buffer.from(']'); }
    planRows('x', readRows({ name: 'x', format: 'json', bytes: rows() })).then(({ valid }) => console.log(valid));
  `;
  const dist = path.join(__dirname, '..', '..', 'dist');
  const valid = execFileSync(process.execPath, ['--max-old-space-size=64', '-e', script], {
    cwd: dist,
    encoding: 'utf8',
  });
  expect(valid.trim()).toBe('150000');
});
