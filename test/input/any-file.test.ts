/** Properties of every file: what was written is read, and how the bytes arrive does not matter. */
import fc from 'fast-check';
import { allValues, makeSource, readAll, withoutNulls } from './input-support';

const cell = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('"', ',', '\n', '\r', ' '),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  })
  .map((text) => text.replace(/\0/g, ''));
/** How one line is written: blank lines before it, quotes where none are needed, its end. */
const style = fc.record({ blanks: fc.nat({ max: 2 }), quotes: fc.boolean(), windows: fc.boolean() });
const row = fc.record({ prompt: cell.map((text) => `p${text}`), profile: cell, server: cell, style });
const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 40 });

interface Written {
  readonly prompt: string;
  readonly profile: string;
  readonly server: string;
  readonly style: { readonly blanks: number; readonly quotes: boolean; readonly windows: boolean };
}

function quoted(text: string, always: boolean): string {
  return always || /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

function lineEnds(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

/** The file, and the line where each row begins. Lines end as in old files for Mac, or mixed as anywhere else. */
function formatCsv(rows: readonly Written[], isForMac: boolean): { text: string; lines: number[] } {
  let text = 'prompt,profile_id,server_id\r\n';
  const lines: number[] = [];
  for (const { prompt, profile, server, style } of rows) {
    const end = isForMac ? '\r' : style.windows ? '\r\n' : '\n';
    text += end.repeat(style.blanks);
    lines.push(lineEnds(text) + 1);
    text += `${[prompt, profile, server].map((value) => quoted(value, style.quotes)).join(',')}${end}`;
  }
  return { text, lines };
}

test('rows that were written as CSV are read back equal, with the lines where they begin', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      cuts,
      async (rows, isForMac, places) => {
        const { text, lines } = formatCsv(rows, isForMac);
        const { rows: read, error } = await readAll(makeSource(text, 'csv', places));
        expect(error).toBeNull();
        expect(read.map(({ line, number, values, problems }) => ({ line, number, values, problems }))).toEqual(
          rows.map(({ prompt, profile, server }, index) => ({
            line: lines[index],
            number: index + 1,
            values: Object.fromEntries(
              Object.entries({ prompt, profile_id: profile, server_id: server }).filter(
                ([, value]) => value.trim() !== '',
              ),
            ),
            problems: [],
          })),
        );
      },
    ),
    { numRuns: 400 },
  );
});

test('rows that were written as JSONL are read back equal', async () => {
  // So long that none of them is near to a field.
  const name = fc.string({ unit: 'binary' }).map((text) => `own column ${text}`);
  const others = fc.dictionary(name, fc.jsonValue());
  const values = others.map((one) => ({ ...one, prompt: 'a' }));
  await fc.assert(
    fc.asyncProperty(fc.array(values, { minLength: 1 }), cuts, async (rows, places) => {
      const text = rows.map((one) => JSON.stringify(one)).join('\n');
      const { rows: read, error } = await readAll(makeSource(text, 'jsonl', places));
      expect(error).toBeNull();
      expect(read.map(allValues)).toEqual(rows.map(withoutNulls));
    }),
  );
});

test.each(['csv', 'jsonl'] as const)(
  'wherever the chunks of any %s are cut, right or damaged, the same is read',
  async (format) => {
    const piece = fc
      .constantFrom(
        'a',
        ',',
        '"',
        '""',
        '\n',
        '\r',
        '\r\n',
        ' ',
        '\u00e9',
        '\u20ac',
        '\u{1f600}',
        '{"prompt":"x"}',
        'b,c\n',
      )
      .map((text) => Buffer.from(text));
    const bad = fc.constantFrom([0xff], [0xe2, 0x82], [0], [0xed, 0xa0, 0x80]).map((bytes) => Buffer.from(bytes));
    const pieces = fc.array(fc.oneof({ weight: 30, arbitrary: piece }, { weight: 1, arbitrary: bad }), {
      maxLength: 60,
    });
    const header = fc.constantFrom('prompt,key\n', '\ufeffprompt,key\r\n', '');
    await fc.assert(
      fc.asyncProperty(header, pieces, cuts, async (first, rest, places) => {
        const bytes = Buffer.concat([Buffer.from(first), ...rest]);
        const whole = await readAll(makeSource(bytes, format));
        expect(await readAll(makeSource(bytes, format, places))).toEqual(whole);
        expect(await readAll(makeSource(bytes, format, [...bytes.keys()]))).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  },
);

test('rows before a damaged one are read, wherever the chunks of a document are cut', async () => {
  const bytes = Buffer.from('{"prompt":"x"}"\r\nb,c\n{"prompt":"x"}');
  const whole = await readAll(makeSource(bytes, 'jsonl'));
  expect(whole.rows).toHaveLength(1);
  expect(await readAll(makeSource(bytes, 'jsonl', [...bytes.keys()]))).toEqual(whole);
});
