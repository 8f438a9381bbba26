/** The page "Failure reason codes" of the provider, typed into the fixture, against what we made of it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SCENARIOS } from '../../../emulator';
import { PROVIDER_FAILURES } from '../../../workflows/domain/failures/failures';

interface PublishedCode {
  readonly code: string;
  /** `null`: the page shows a dash. */
  readonly retryable: boolean | null;
  readonly meaning: string;
}

const PUBLISHED: readonly PublishedCode[] = JSON.parse(
  readFileSync(path.join(__dirname, 'published-codes.json'), 'utf8'),
);

const retryableByCode = (table: Readonly<Record<string, { readonly retryable: boolean | null }>>) =>
  Object.fromEntries(Object.entries(table).map(([code, { retryable }]) => [code, retryable]));

const published = Object.fromEntries(PUBLISHED.map(({ code, retryable }) => [code, retryable]));

test('the fixture holds eleven different codes, each with the meaning that the page gives', () => {
  expect(Object.keys(published)).toHaveLength(11);
  expect(PUBLISHED.filter(({ meaning }) => !/^[A-Z].+\.$/.test(meaning))).toEqual([]);
});

test.each(PUBLISHED)('$code is in the failure table with its published retryability $retryable', (row) => {
  expect(retryableByCode(PROVIDER_FAILURES)).toHaveProperty(row.code, row.retryable);
});

test.each(Object.keys(PROVIDER_FAILURES))('%s of the failure table is a published code', (code) => {
  expect(Object.keys(published)).toContain(code);
});

test('the emulator shows the published codes with their published retryability, and no other', () => {
  expect(retryableByCode(SCENARIOS)).toEqual(published);
});
