/** Bytes that are no UTF-8 text are refused with the place and what to do. */
import fc from 'fast-check';
import { firstBadByte } from '../../input/utf-8';
import { makeSource, readAll } from './input-support';

const LATIN_1 = Buffer.concat([Buffer.from('prompt\na\n'), Buffer.from('caf\u00e9\n', 'latin1')]);

test.each([
  ['UTF-16 without a mark', Buffer.from('prompt\na\n', 'utf16le'), 'line 1: rows.csv has a zero byte, as UTF-16'],
  [
    'a workbook',
    Buffer.from('PK\u0003\u0004 and so on'),
    'rows.csv is an Excel workbook or a ZIP file; save the sheet',
  ],
  ['gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0]), 'rows.csv is compressed by gzip; unpack it first'],
  ['Latin-1', LATIN_1, 'line 3: rows.csv is not valid UTF-8 (byte 12); save it as UTF-8'],
  [
    'half a character at the end',
    Buffer.from('prompt\na\u20ac').subarray(0, 10),
    'line 2: rows.csv is not valid UTF-8 (byte 8)',
  ],
])('%s is refused', async (_name, content, message) => {
  for (const cuts of [[], [...content.keys()]]) {
    const { error } = await readAll(makeSource(content, 'csv', cuts));
    expect(error?.slice(0, message.length)).toBe(message);
  }
});

test('a byte order mark is taken away even where it comes byte by byte', async () => {
  const { rows } = await readAll(makeSource('\ufeff{"prompt":"a"}', 'jsonl', [1, 2, 3]));
  expect(rows.map(({ values, problems }) => [values, problems])).toEqual([[{ prompt: 'a' }, []]]);
});

test('rows before the place are read', async () => {
  const { rows } = await readAll(makeSource(LATIN_1));
  expect(rows.map(({ values }) => values)).toEqual([{ prompt: 'a' }]);
});

test('the place counts the byte order mark', async () => {
  const { error } = await readAll(makeSource(Buffer.concat([Buffer.from('\ufeff'), LATIN_1])));
  expect(error).toContain('byte 15');
});

test('the first bad byte is found wherever it is', () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 });
  const bad = fc.constantFrom([0x80], [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf5, 0x80, 0x80, 0x80]);
  fc.assert(
    fc.property(text, bad, text, (before, bytes, after) => {
      const good = Buffer.from(before);
      const whole = Buffer.concat([good, Buffer.from(bytes), Buffer.from(`\n${after}`)]);
      expect(firstBadByte(whole)).toBe(good.length);
      expect(firstBadByte(good)).toBe(-1);
    }),
  );
});
