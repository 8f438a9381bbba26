import { readFileSync } from 'node:fs';
import path from 'node:path';
import { formatFailuresAsMarkdown, formatFailuresAsText, toFailuresJson } from '../../cli/failure-table';
import { FAILURE_CODES, FAILURES } from '../../workflows/domain/failures/failures';

const README = readFileSync(path.join(__dirname, '..', '..', 'README.md'), 'utf8');
const [, copy = ''] = /<!-- failures: begin -->\n([\s\S]*?)\n<!-- failures: end -->/.exec(README) ?? [];

function codesIn(text: string): string[] {
  return [...text.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code ?? '');
}

test("the README's copy of the table is the table", () => {
  expect(copy).toBe(formatFailuresAsMarkdown());
});

test("every code of the table is in the README's copy, and every code of the copy is in the table", () => {
  expect(codesIn(copy).sort()).toEqual([...FAILURE_CODES].sort());
});

test('the JSON has every row with all its columns', () => {
  const rows: { code: keyof typeof FAILURES; published: boolean }[] = JSON.parse(toFailuresJson());
  expect(rows.map(({ code }) => code)).toEqual(FAILURE_CODES);
  for (const { code, published: _published, ...row } of rows) expect(row).toEqual(FAILURES[code]);
});

test.each(FAILURE_CODES)('the text for people names %s with its remedy', (code) => {
  expect(formatFailuresAsText()).toContain(code);
  expect(formatFailuresAsText()).toContain(FAILURES[code].remedy);
});
