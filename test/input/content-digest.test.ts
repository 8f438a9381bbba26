/** The digest of a plan is that of what the file asks for, not of how it is written. */
import type { PlanOptions } from '../../input/plan';
import { makeSource, planSource } from './input-support';

const digest = async (text: string, options: PlanOptions = {}) =>
  (await planSource(makeSource(text), options)).contentSha256;

test.each([
  ['line ends, quotes and blank lines', 'key,prompt,width\r\n\r\n"a","x","5"\r\nb,y,\r\n'],
  ['the order of the columns', 'width,prompt,key\n5,x,a\n,y,b\n'],
  ['an operation that is the default', 'key,prompt,width,operation\na,x,5,\nb,y,,generate/image\n'],
  ['another way to write a number', 'key,prompt,width\na,x,5.0\nb,y,\n'],
])('%s do not change the digest of the content', async (_name, text) => {
  expect(await digest(text)).toBe(await digest('key,prompt,width\na,x,5\nb,y,\n'));
});

test('the same rows in JSONL have the same digest', async () => {
  const jsonl = '{"width":5,"key":"a","prompt":"x"}\n{"key":"b","prompt":"y"}';
  const { contentSha256 } = await planSource(makeSource(jsonl, 'jsonl'));
  expect(contentSha256).toBe(await digest('key,prompt,width\na,x,5\nb,y,\n'));
});

test.each([
  ['a key', 'key,prompt,width\nc,x,5\nb,y,\n'],
  ['a field', 'key,prompt,width\na,x,6\nb,y,\n'],
  ['one more field', 'key,prompt,width\na,x,5\nb,y,5\n'],
  ['the order of the rows', 'key,prompt,width\nb,y,\na,x,5\n'],
  ['a row more', 'key,prompt,width\na,x,5\nb,y,\nc,z,\n'],
])('%s changes the digest of the content', async (_name, text) => {
  expect(await digest(text)).not.toBe(await digest('key,prompt,width\na,x,5\nb,y,\n'));
});

test('rows that are left out are no part of the digest', async () => {
  const text = 'key,prompt\na,x\nb,y\n';
  expect(await digest(`${text}c,x\n`, { dropDuplicates: true })).toBe(await digest(text));
  expect(await digest(`${text}../c,z\n`)).toBe(await digest(text));
});
