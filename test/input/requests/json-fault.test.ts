/** The place where a text stops being JSON: there is one exactly where the parser refuses, and what is before it is a beginning of JSON. */
import fc from 'fast-check';
import { describeJsonFault, findJsonFault } from '../../../input/requests/json-fault';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test.each([
  ['', 0, 'a value'],
  ['  ', 2, 'a value'],
  ['{"a":1 "b":2}', 7, '"," or "}"'],
  ['{"a" 1}', 5, '":"'],
  ['{"a":}', 5, 'a value'],
  ['[1,]', 3, 'a value'],
  ['[1 2]', 3, '"," or "]"'],
  ['[', 1, 'a value or "]"'],
  ['{', 1, 'a name in double quotes or "}"'],
  ['{"a":1,}', 7, 'a name in double quotes'],
  ['01', 1, 'the end'],
  ['tru', 0, 'a value'],
  ['"a\\x"', 2, 'an escape like \\n or \\\\'],
  ['"a\nb"', 2, 'a closing quote, or an escape like \\n in place of this character'],
  ['"a', 2, 'a closing quote'],
  ['1 "x', 2, 'the end'],
  ['{"a":1]', 6, '"," or "}"'],
])('%j stops at %d, where %s is expected', (text, at, expected) => {
  expect(findJsonFault(text)).toEqual({ at, expected });
});

test('whatever is cut out of JSON, put in or changed: the parser and the place agree', () => {
  const change = fc.record({
    at: fc.nat(60),
    cut: fc.nat(3),
    put: fc.constantFrom('', '"', ',', '}', ']', '{', ':', '\\', '\n', '1', 'e', ' '),
  });
  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), fc.array(change, { maxLength: 2 }), (json, changes) => {
      const text = changes.reduce((now, { at, cut, put }) => now.slice(0, at) + put + now.slice(at + cut), json);
      const fault = findJsonFault(text);
      expect(fault === null).toBe(isJson(text));
      if (fault !== null) expect(fault.at).toBeLessThanOrEqual(text.length);
    }),
    { numRuns: 2_000 },
  );
});

test('a text of many megabytes is read to its end', () => {
  const text = JSON.stringify({ prompt: 'x'.repeat(20_000_000) });
  expect(findJsonFault(text)).toBeNull();
  expect(findJsonFault(text.slice(0, -2))).toEqual({ at: text.length - 2, expected: 'a closing quote' });
});

test('the place is reported by line and character, counted from 1', () => {
  const text = '{"a": 1,\n "b" 2}';
  const fault = findJsonFault(text);
  if (fault === null) throw new Error('it is no JSON');
  expect(describeJsonFault(text, fault)).toBe('at line 2, character 6: expected ":"');
  expect(describeJsonFault(text, fault, 7)).toBe('at line 8, character 6: expected ":"');
  expect(describeJsonFault('[1', { at: 2, expected: '"]"' })).toBe('at character 3, where it ends: expected "]"');
});
