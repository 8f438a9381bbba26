/** How long a test may take is no guess at how fast a machine is: none may have less than all of them have. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const TESTS = path.join(__dirname, '..');
const CONFIG = path.join(TESTS, '..', 'jest.config.js');
const LIMIT = /jest\.setTimeout\(([\d_]+)\)|^\}, ([\d_]+)\);/gm;

/** What every test has that asks for nothing. */
const [, given = ''] = /testTimeout: ([\d_]+)/.exec(readFileSync(CONFIG, 'utf8')) ?? [];
const DEFAULT_MS = parseMs(given);

function parseMs(text: string): number {
  return Number(text.replaceAll('_', ''));
}

function limitsIn(text: string): readonly number[] {
  return [...text.matchAll(LIMIT)].map(([, all, own]) => parseMs(all ?? own ?? ''));
}

test('no test has less time than the others', () => {
  const names = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
  const files = names.map((name) => path.join(TESTS, name)).filter((file) => file !== __filename);
  const isShort = (limit: number) => limit < DEFAULT_MS;
  expect(DEFAULT_MS).toBeGreaterThan(0);
  expect(files.filter((file) => limitsIn(readFileSync(file, 'utf8')).some(isShort))).toEqual([]);
});

test.each([
  ['of a file', 'jest.setTimeout(90_000);', [90_000]],
  ['of a test', "test('x', () => {\n  y();\n}, 60_000);", [60_000]],
])('a limit %s is found', (_name, text, limits) => {
  expect(limitsIn(text)).toEqual(limits);
});
