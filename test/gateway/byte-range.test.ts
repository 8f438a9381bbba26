/** Which bytes of a file a request asks for, and whether its caller has them. */
import { matchesTag, parseRange } from '../../gateway/api/files/byte-range';

test.each([
  ['none', undefined, null],
  ['the first byte', 'bytes=0-0', { start: 0, end: 0 }],
  ['from a byte on', 'bytes=5-', { start: 5, end: 9 }],
  ['the last bytes', 'bytes=-3', { start: 7, end: 9 }],
  ['more last bytes than there are', 'bytes=-99', { start: 0, end: 9 }],
  ['beyond the end', 'bytes=8-99999999999999', { start: 8, end: 9 }],
  ['after the end', 'bytes=10-', 'unsatisfiable'],
  ['no last byte', 'bytes=-0', 'unsatisfiable'],
  ['spaces', 'bytes = 2 - 4', { start: 2, end: 4 }],
  ['backwards', 'bytes=5-2', null],
  ['several', 'bytes=0-1,4-5', null],
  ['another unit', 'rows=1-2', null],
  ['huge numbers', `bytes=${'9'.repeat(400)}-`, 'unsatisfiable'],
  ['a huge end', `bytes=4-${'9'.repeat(400)}`, { start: 4, end: 9 }],
  ['huge last bytes', `bytes=-${'9'.repeat(400)}`, { start: 0, end: 9 }],
  ['no numbers', 'bytes=-', null],
  ['a negative number', 'bytes=--5', null],
])('%s', (_what, header, expected) => {
  expect(parseRange(header, 10)).toEqual(expected);
});

test('of an empty file there is no range', () => {
  expect(parseRange('bytes=0-', 0)).toBe('unsatisfiable');
  expect(parseRange('bytes=-5', 0)).toBe('unsatisfiable');
});

test.each([
  [undefined, false],
  ['"abc"', true],
  ['W/"abc"', true],
  ['"x", "abc"', true],
  ['*', true],
  ['"ab"', false],
  ['abc', false],
])('If-None-Match: %s', (header, expected) => {
  expect(matchesTag(header, '"abc"')).toBe(expected);
});
