/** CSV as spreadsheets, editors and `cat` leave it behind: read where it is unambiguous, else named once. */
import fc from 'fast-check';
import { DELIMITERS } from '../../input/delimiter';
import { formatProblems, makeSource, planSource, readAll } from './input-support';

const read = (content: string | Buffer) => readAll(makeSource(content));
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
const everyCut = (content: Buffer) => [...content.keys()];

async function findProblems(content: string): Promise<{ problems: string[]; warnings: string[]; valid: number }> {
  const { problems, warnings, valid } = await planSource(makeSource(content));
  const words = (list: typeof problems) => list.kinds.map(({ line, field, problem }) => `${line}: ${field} ${problem}`);
  return { problems: words(problems), warnings: words(warnings), valid };
}

describe('the delimiter', () => {
  test.each([
    ['commas', 'key,prompt\nk,"a, b; c|d"\n', 'a, b; c|d'],
    ['semicolons', 'key;prompt\nk;a, b|c\n', 'a, b|c'],
    ['tabs', 'key\tprompt\nk\ta, b; c|d\n', 'a, b; c|d'],
    ['pipes', 'key|prompt\nk|a, b; c\n', 'a, b; c'],
    ['quoted semicolons', '"key";"prompt"\n"k";"a ""b"", c; d"\n', 'a "b", c; d'],
    ['a line that says so', 'sep=;\nkey;prompt\nk;a, b\n', 'a, b'],
    ['a quoted line that says so', '"sep=|"\r\nkey|prompt\r\nk|a, b\r\n', 'a, b'],
    ['a line that names a rare one', 'sep=#\nkey#prompt\nk#a, b\n', 'a, b'],
    ['blank lines before the header', '\n \nkey;prompt\nk;a, b\n', 'a, b'],
    ['a header over two lines', '"key\n";prompt\nk;a, b\n', 'a, b'],
    ['a comma in the name of a column', 'key;prompt;"width"\nk;a, b;5\n', 'a, b'],
  ])('is found with %s', async (_name, content, prompt) => {
    for (const cuts of [[], everyCut(Buffer.from(content))]) {
      const { rows, error } = await readAll(makeSource(content, 'csv', cuts));
      expect(error).toBeNull();
      expect(rows.map(({ values }) => [values['key'], values['prompt']])).toEqual([['k', prompt]]);
    }
  });

  test('a line sep= counts as a line and not as a row', async () => {
    const { rows } = await read('sep=;\r\nkey;prompt\r\nk;a\r\n');
    expect(rows.map(({ line, number }) => [line, number])).toEqual([[3, 1]]);
  });

  test('the one that is named wins over the header', async () => {
    const source = {
      ...makeSource('prompt;profile_id|server_id\na;b|c\n'),
      delimiter: { character: ';', name: 'semicolon' },
    };
    const { rows } = await readAll(source);
    expect(rows[0]).toMatchObject({ values: { prompt: 'a' }, carried: { 'profile_id|server_id': 'b|c' } });
  });

  test('a ragged row names it', async () => {
    expect(formatProblems(await read('key;prompt\nk;a;b\n'))).toEqual([
      '2: row has 3 cells; must have 2, as the header has: put a text that contains a semicolon in quotes',
    ]);
  });

  test('a header that never ends costs no more memory than a row', async () => {
    const { error } = await read(`"${'x'.repeat(10_000_000)}`);
    expect(error).toMatch(/^line 1: row (is longer|has a quote)/);
  });

  test('rows written with any of them are read back, whatever their cells hold', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', ',', ';', '\t', '|', '"', '\n', '\u00e9', ' ') });
    const rows = fc.array(
      text.map((cell) => `p${cell}`),
      { minLength: 1, maxLength: 5 },
    );
    const names = fc.shuffledSubarray(['key', 'width', 'profile_id'], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...DELIMITERS),
        names,
        rows,
        fc.boolean(),
        async ({ character }, others, prompts, quoteAll) => {
          const cell = (value: string) =>
            quoteAll || /[",;\t|\r\n]/.test(value) ? `"${value.replace(/"/g, '""')}"` : value;
          const line = (cells: string[]) => `${cells.map(cell).join(character)}\n`;
          const file = [
            line(['prompt', ...others]),
            ...prompts.map((prompt) => line([prompt, ...others.map(() => '')])),
          ];
          const { rows: found, error } = await read(file.join(''));
          expect(error).toBeNull();
          expect(found.map(({ values, problems }) => [values['prompt'], problems])).toEqual(
            prompts.map((prompt) => [prompt, []]),
          );
        },
      ),
    );
  });
});

describe('UTF-16 with a byte order mark', () => {
  const text = 'key\tprompt\r\nk\ta caf\u00e9 \u{1f600}\r\n';

  test.each([
    ['as Excel saves "Unicode text"', utf16(text)],
    ['with the big end first', utf16(text).swap16()],
  ])('%s is read', async (_name, content) => {
    for (const cuts of [[], everyCut(content)]) {
      const { rows, error } = await readAll(makeSource(content, 'csv', cuts));
      expect({ error, values: rows.map(({ line, values }) => [line, values]) }).toEqual({
        error: null,
        values: [[2, { key: 'k', prompt: 'a caf\u00e9 \u{1f600}' }]],
      });
    }
  });

  test.each([
    [
      'half a character at its end',
      Buffer.concat([utf16('prompt\na'), Buffer.from([0x62])]),
      'line 2: rows.csv ends in the middle of a character (byte 18)',
    ],
    [
      'half a surrogate at its end',
      utf16('prompt\na\ud83d'),
      'line 2: rows.csv ends in the middle of a character (byte 18)',
    ],
    ['a lone surrogate', utf16('prompt\na\udc00b'), 'line 2: rows.csv is not valid UTF-16 (byte 18)'],
    ['a zero', utf16('prompt\n\0'), 'line 2: rows.csv is not valid UTF-16 (byte 16)'],
  ])('with %s is refused with the place', async (_name, content, message) => {
    for (const cuts of [[], everyCut(content)])
      expect((await readAll(makeSource(content, 'csv', cuts))).error).toBe(`${message}; save it as UTF-8`);
  });

  test('any text is the same in UTF-8 and both kinds of UTF-16', async () => {
    const prompt = fc
      .string({ unit: 'binary', minLength: 1 })
      .map((one) => `p${one.replace(/[\0\ud800-\udfff]/g, '')}`);
    await fc.assert(
      fc.asyncProperty(prompt, fc.array(fc.nat({ max: 60 })), async (value, cuts) => {
        const content = `prompt\n"${value.replace(/"/g, '""')}"\n`;
        const plain = await read(content);
        for (const bytes of [utf16(content), utf16(content).swap16()])
          expect(await readAll(makeSource(bytes, 'csv', cuts))).toEqual(plain);
      }),
    );
  });
});

describe('what cannot be seen is named', () => {
  test.each([
    [
      'a zero-width space in a header',
      'ke\u200by,prompt\n1,a\n',
      'line 1: column 1 is "ke\\u200by" with the invisible character U+200B (zero-width space); must be "key"',
    ],
    ['a byte order mark in a header', 'key,pro\ufeffmpt\n1,a\n', 'U+FEFF (byte order mark); must be "prompt"'],
    [
      'typographic quotes in a header',
      'key,\u201cprompt\u201d\n1,a\n',
      'column 2 is "\u201cprompt\u201d" in typographic quotes; must be "prompt"',
    ],
  ])('%s', async (_name, content, message) => {
    expect((await read(content)).error).toContain(message);
  });

  test.each([
    [
      'a key',
      'key,prompt\nk\u200b,a\n',
      '2: key is "k\\u200b" with the invisible character U+200B (zero-width space); must be',
    ],
    [
      'a key behind a byte order mark',
      'key,prompt\n\ufeffk,a\n',
      '2: key is "\\ufeffk" with the invisible character U+FEFF',
    ],
    [
      'a choice',
      'prompt,output_format\na,webp\u200d\n',
      '2: output_format is "webp\\u200d" with the invisible character U+200D',
    ],
    ['a number', 'prompt,width\na,5\u200b\n', '2: width is "5\\u200b" with the invisible character U+200B'],
    ['a prompt with a byte order mark', 'prompt\n\ufeffa\n', '2: prompt contains the invisible character U+FEFF'],
    [
      'a key in typographic quotes',
      'key,prompt\n\u201ck\u201d,a\n',
      '2: key is "\u201ck\u201d" in typographic quotes; must be',
    ],
  ])('in %s', async (_name, content, message) => {
    const { problems } = await findProblems(content);
    expect(problems).toEqual([expect.stringContaining(message)]);
  });

  test('an emoji of several characters is a prompt like any other', async () => {
    expect(await findProblems('prompt\n\u{1f469}\u200d\u{1f680}\n')).toEqual({ problems: [], warnings: [], valid: 1 });
  });
});

describe('an index column without a name', () => {
  test('is left out and named once', async () => {
    const rows = Array.from({ length: 200 }, (_, index) => `${index},a ${index}\n`);
    expect(await findProblems(`,prompt\n${rows.join('')}`)).toEqual({
      problems: [],
      warnings: ['2: column 1 has numbers and no name, like an index column of pandas or R; it is left out'],
      valid: 200,
    });
  });

  test('a text without a name is a problem once, and no row of it is paid', async () => {
    const rows = Array.from({ length: 200 }, (_, index) => `a ${index}, with a hat\n`);
    const { problems, valid } = await findProblems(`prompt,\n${rows.join('')}`);
    expect(problems).toEqual([expect.stringMatching(/^2: column 2 has a text but no name/)]);
    expect(valid).toBe(0);
  });
});

describe('files that were joined', () => {
  test.each(['key,prompt', '\ufeffkey,prompt', 'Key,PROMPT', '"key","prompt"'])(
    'the header again as %s is a problem and no row',
    async (header) => {
      const { problems, valid } = await findProblems(`key,prompt\na,x\n${header}\nb,y\n`);
      expect(problems).toEqual(['3: row repeats the header, as in concatenated files; delete this line']);
      expect(valid).toBe(2);
    },
  );

  test('the header of other columns ends the reading: what follows would be read in the wrong columns', async () => {
    const { rows, error } = await read('key,prompt\na,x\nprompt,key\ny,b\n');
    expect(error).toMatch(/^line 3: row is the header of another file/);
    expect(rows).toHaveLength(1);
  });

  test('a prompt that is called as a column is a prompt', async () => {
    expect(await findProblems('key,prompt\na,prompt\nkey,a key\n')).toMatchObject({ problems: [], valid: 2 });
  });
});

describe('typographic quotes', () => {
  test('that were to hold a cell together are named', async () => {
    const { problems } = await findProblems('key,prompt\na,\u201ca cat, with a hat\u201d\n');
    expect(problems).toEqual([
      '2: row has 3 cells; must have 2, as the header has: typographic quotes do not enclose a cell; use straight ones (")',
    ]);
  });

  test('around a whole prompt are warned of, for they are sent', async () => {
    expect((await findProblems('key,prompt\na,\u201ca cat\u201d\n')).warnings).toEqual([
      expect.stringMatching(/^2: prompt is in typographic quotes, which are sent/),
    ]);
  });
});

describe('numbers', () => {
  test.each([
    ['42.0', 42],
    ['42.', 42],
    [' 42 ', 42],
    ['+42', 42],
    ['007', 7],
    ['-1', -1],
    ['9007199254740991', 9_007_199_254_740_991],
  ])('the seed %s is %d', async (text, value) => {
    const { rows } = await read(`prompt,seed\na,${text}\n`);
    expect(rows[0]?.values['seed']).toBe(value);
  });

  test.each([
    ['1.23457E+12', 'is "1.23457E+12", a number that a spreadsheet has rounded: format the column as text'],
    ['"1,23457E+12"', 'is "1,23457E+12", a number that a spreadsheet has rounded'],
    ['0x10', 'is "0x10"; must be a whole number from -1 to 9007199254740991'],
    ['0b1', 'is "0b1"; must be a whole number'],
    ['42.5', 'is "42.5"; must be a whole number'],
    ['9007199254740993', 'is "9007199254740993"; must be a whole number from -1 to 9007199254740991'],
    ['1e400', 'is "1e400", a number that'],
    ['Infinity', 'is "Infinity"; must be'],
  ])('%s is no seed', async (text, message) => {
    const { problems } = await findProblems(`prompt,seed\na,${text}\n`);
    expect(problems).toEqual([expect.stringContaining(`2: seed ${message}`)]);
  });

  test('a seed of more than 15 digits that ends in 0 is warned of', async () => {
    expect((await findProblems('prompt,seed\na,1234567890123450\nb,1234567890123456\n')).warnings).toEqual([
      expect.stringMatching(/^2: seed has more than 15 digits and ends in 0/),
    ]);
  });

  test('a decimal comma is named', async () => {
    expect((await findProblems('prompt;guidance_scale\na;7,5\n')).problems).toEqual([
      '2: guidance_scale is "7,5" with a decimal comma: write a point; must be a number from 0 to 20',
    ]);
  });

  test('a message shows every number as it was typed, and no seed is another than the typed one', async () => {
    const digits = fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }).map(String);
    const decimal = fc.tuple(digits, fc.nat()).map(([whole, rest]) => `${whole}.${rest}1`);
    const typed = fc.oneof(digits, decimal, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('seed', 'guidance_scale', 'width'), typed, async (field, text) => {
        const content = `prompt,${field}\na,${text}\n`;
        const { problems, valid } = await findProblems(content);
        if (valid === 0)
          expect(problems.join()).toMatch(new RegExp(`${field} is "?${text.replace(/[.+]/g, '\\$&')}["; ,]`));
        else if (field !== 'guidance_scale')
          expect(String((await read(content)).rows[0]?.values[field])).toBe(text.replace(/^-0$/, '0'));
      }),
      { numRuns: 500 },
    );
  });
});
