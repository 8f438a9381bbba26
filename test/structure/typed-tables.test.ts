/** The rows of a test's table are checked against the types: those of a template are `any`, so that they drift unseen. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const TESTS = path.join(__dirname, '..');
const TEMPLATE = /\.each\s*(<[^`()]*>)?\s*`/;

test('no table of a test is a template', () => {
  const names = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const files = names.map((name) => path.join(TESTS, name)).filter((file) => file !== __filename);
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => TEMPLATE.test(readFileSync(file, 'utf8')))).toEqual([]);
});

test.each([
  { text: 'test.each`\n  a | b', isTemplate: true },
  { text: 'describe.each<Row>`', isTemplate: true },
  { text: 'test.each([{ a: 1 }])(`$a`, () => {', isTemplate: false },
  { text: 'test.each<[number]>([[1]])(`%d`, () => {', isTemplate: false },
])('$text is a template: $isTemplate', ({ text, isTemplate }) => {
  expect(TEMPLATE.test(text)).toBe(isTemplate);
});
