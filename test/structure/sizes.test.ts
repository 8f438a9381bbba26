/** Files and classes that can be read in one go, and a library that stays small. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { countLines, findTooLong, measureClasses } from './sizes';
import { listFiles } from './sources';

const ROOT = path.join(__dirname, '..', '..');

const MAX_FILE_LINES = 350;
const MAX_CLASS_LINES = 250;
const MAX_LIBRARY_LINES = 5_000;

const SOURCES = listFiles(ROOT).map((file) => ({ file, text: readFileSync(path.join(ROOT, file), 'utf8') }));

test('no file of the product is too long to be read in one go', () => {
  const lengths = SOURCES.map(({ file, text }) => ({ what: file, lines: countLines(text) }));
  expect(findTooLong(lengths, MAX_FILE_LINES)).toEqual([]);
});

test('no class of the product is too long to be understood as one thing', () => {
  const lengths = SOURCES.flatMap(({ file, text }) => measureClasses(file, text));
  expect(lengths.length).toBeGreaterThan(50);
  expect(findTooLong(lengths, MAX_CLASS_LINES)).toEqual([]);
});

test('the library is small', () => {
  const library = SOURCES.filter(({ file }) => file.startsWith('client/'));
  const lines = library.reduce((sum, { text }) => sum + countLines(text), 0);
  expect(lines).toBeGreaterThan(0);
  expect(lines).toBeLessThan(MAX_LIBRARY_LINES);
});

describe('what is too long is found', () => {
  const body = (lines: number) => '  x = 1;\n'.repeat(lines);

  test('a file', () => {
    const text = 'const x = 1;\n';
    expect(countLines(text.repeat(3))).toBe(3);
    expect(findTooLong([{ what: 'a.ts', lines: 4 }], 3)).toEqual(['a.ts: 4 lines']);
    expect(findTooLong([{ what: 'a.ts', lines: 3 }], 3)).toEqual([]);
  });

  test.each([
    ['a class', 'class X {\n', '}\n'],
    ['an exported class', 'export class X extends Y {\n', '}\n'],
    ['a class that is a default export', 'export default abstract class X {\n', '}\n'],
    ['a class as a value', 'const X = class {\n', '};\n'],
  ])('%s', (_name, head, tail) => {
    const lengths = measureClasses('a.ts', `const a = 1;\n${head}${body(3)}${tail}const b = 2;\n`);
    expect(lengths.map(({ lines }) => lines)).toEqual([5]);
  });

  test('a class within a function', () => {
    const text = `function f() {\n  class X {\n  ${body(1)}  }\n}\n`;
    expect(measureClasses('a.ts', text)).toEqual([{ what: 'a.ts: X', lines: 3 }]);
  });

  test.each(['a class in words', "const x = 'class X {';", '// class X'])('no class: %s', (text) => {
    expect(measureClasses('a.ts', `${text}\n`)).toEqual([]);
  });
});
