/** The pages that list the fields of JSON name every field that answers have. */
import { batchSchema, itemSchema } from '../../gateway/api/answers';
import { accountSchema } from '../../gateway/api/answers-of-account';
import { readDocuments } from './documents';

const blockWith = (file: string, beginning: string): string => {
  const blocks = readDocuments().find((one) => one.file === file)?.blocks ?? [];
  return blocks.map(({ code }) => code).find((code) => code.includes(beginning)) ?? '';
};

const END = itemSchema.shape.end.unwrap().shape;

test.each([
  ['docs/batches.md', 'kind, id, state, reason', Object.keys(batchSchema.shape)],
  ['docs/account.md', 'account, limit, inFlight', Object.keys(accountSchema.shape)],
  ['README.md', '{ id, operation, outcome', Object.keys(END)],
])('%s names every field', (file, beginning, fields) => {
  const block = blockWith(file, beginning);
  expect(fields.length).toBeGreaterThan(10);
  const missing = fields.filter((field) => !new RegExp(`\\b${field}\\b`).test(block));
  expect(missing).toEqual([]);
});
