import path from 'node:path';
import fc from 'fast-check';
import { brokenKeyRule, isSafeKey } from '../../../workflows/domain/base/safe-key';

test.each(['a', 'shop-0001', '_x', 'A.b-c_d', '0', 'x'.repeat(128), 'console', 'com10x'])(
  '"%s" is a safe key',
  (key) => {
    expect(isSafeKey(key)).toBe(true);
  },
);

test.each([
  ['empty', ''],
  ['too long', 'x'.repeat(129)],
  ['a parent folder', '..'],
  ['a path out of the folder', '../a'],
  ['a path', 'a/b'],
  ['a path of Windows', 'a\\b'],
  ['hidden', '.a'],
  ['like an option', '-rf'],
  ['ended by a dot, which Windows drops', 'a.'],
  ['a device', 'con'],
  ['a device with an extension', 'NUL.png'],
  ['a numbered device', 'com1'],
  ['white space', 'a b'],
  ['a line break at the end', 'a\n'],
  ['not ASCII', 'ä'],
  ['a zero byte', 'a\0'],
])('a key that is %s is not safe', (_name, key) => {
  expect(isSafeKey(key)).toBe(false);
});

test.each([
  ['con', 'must not be "con", a reserved name on Windows'],
  ['LPT1', 'must not be "LPT1", a reserved name on Windows'],
  ['NUL.png', 'must not begin with "NUL.", a reserved name on Windows'],
  ['x.', 'must not end with "."'],
  ['a b', 'must be 1 to 128 letters, digits, ".", "_" and "-", not beginning with "." or "-"'],
  ['', expect.stringMatching(/^must be 1 to 128/)],
  ['-a', expect.stringContaining('not beginning with "." or "-"')],
])('%j is refused by the rule that it breaks', (key, rule) => {
  expect(brokenKeyRule(key)).toEqual(rule);
});

test('no safe key leaves its folder', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 20, unit: fc.constantFrom('a', '.', '/', '\\', '-', '_', '0') }), (key) => {
      fc.pre(isSafeKey(key));
      expect(path.dirname(path.resolve('/store', `${key}.png`))).toBe(path.resolve('/store'));
    }),
  );
});
