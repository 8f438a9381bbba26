/** Progress on terminals of every width, and on those that do not tell theirs. */
import fc from 'fast-check';
import { LiveLines } from '../../cli/terminal/live-lines';
import { cutToWidth, wrapToWidth } from '../../cli/terminal/text-width';

function shownOn(terminal: { columns?: number; rows?: number }, lines: readonly string[]): string[] {
  let text = '';
  const write = (more: string) => {
    text += more;
    return true;
  };
  const stream = { isTTY: true, ...terminal, write };
  new LiveLines(stream).show(lines);
  return text.split('\n').slice(0, -1);
}

test.each([
  [0, `${'x'.repeat(78)}…`],
  [1, ''],
  [2, '…'],
  [3, 'x…'],
  [40, `${'x'.repeat(38)}…`],
  [101, 'x'.repeat(100)],
  [200, 'x'.repeat(100)],
])('a line of 100 letters on a terminal of width %d', (columns, shown) => {
  expect(shownOn({ columns }, ['x'.repeat(100)])).toEqual([shown]);
});

test('a terminal that does not tell its width has 80 columns and 24 rows', () => {
  const lines = Array.from({ length: 30 }, () => 'x'.repeat(100));
  expect(shownOn({}, lines)).toEqual(Array.from({ length: 23 }, () => `${'x'.repeat(78)}…`));
});

test('no more lines are shown than can be rewritten', () => {
  expect(shownOn({ rows: 4 }, ['a', 'b', 'c', 'd', 'e'])).toEqual(['a', 'b', 'c']);
  expect(shownOn({ rows: 1 }, ['a', 'b'])).toEqual(['a']);
  expect(shownOn({ rows: 0 }, ['a', 'b'])).toEqual(['a', 'b']);
});

test('letters that fill two columns count twice, marks and joiners not at all', () => {
  expect(cutToWidth('\u732b\u732b\u732b', 6)).toBe('\u732b\u732b\u732b');
  expect(cutToWidth('\u732b\u732b\u732b', 5)).toBe('\u732b\u732b…');
  expect(cutToWidth('\u{1f600}a', 2)).toBe('…');
  expect(cutToWidth('e\u0301e\u0301', 2)).toBe('e\u0301e\u0301');
});

test('a text is wrapped at blanks, and only a word that is too long is longer than a line', () => {
  expect(wrapToWidth('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrapToWidth('a very-long-word b', 4)).toEqual(['a', 'very-long-word', 'b']);
  expect(wrapToWidth('\u732b \u732b', 4)).toEqual(['\u732b', '\u732b']);
  expect(wrapToWidth('', 4)).toEqual(['']);
});

test('whatever the line, it fits, and is cut at characters only', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.nat({ max: 30 }), (line, columns) => {
      const cut = cutToWidth(line, columns);
      const kept = cut.replace(/…$/, '');
      expect([...cut].filter((one) => !/[\p{Mn}\p{Me}\p{Cf}]/u.test(one)).length).toBeLessThanOrEqual(columns);
      expect(cut === line || line.startsWith(kept)).toBe(true);
      expect(cut).not.toMatch(/\p{Surrogate}/u);
    }),
  );
});
