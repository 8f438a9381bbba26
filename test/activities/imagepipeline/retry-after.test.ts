import { parseRetryAfter } from '../../../activities/imagepipeline/retry-after';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);
const HOUR = 3_600_000;

test.each`
  form                                | header                             | ms
  ${'absent'}                         | ${undefined}                       | ${undefined}
  ${'empty'}                          | ${'  '}                            | ${undefined}
  ${'whole seconds'}                  | ${'7'}                             | ${7_000}
  ${'zero'}                           | ${'0'}                             | ${0}
  ${'a fraction of a second'}         | ${'0.25'}                          | ${250}
  ${'padded'}                         | ${' 7 '}                           | ${7_000}
  ${'more than an hour'}              | ${'999999999'}                     | ${HOUR}
  ${'too large for a number'}         | ${'9'.repeat(400)}                 | ${undefined}
  ${'an HTTP date'}                   | ${'Thu, 01 Jan 2026 12:00:30 GMT'} | ${30_000}
  ${'an HTTP date in the past'}       | ${'Thu, 01 Jan 2026 11:59:00 GMT'} | ${0}
  ${'an HTTP date far in the future'} | ${'Fri, 01 Jan 2027 12:00:00 GMT'} | ${HOUR}
  ${'a word'}                         | ${'soon'}                          | ${undefined}
  ${'a number with a unit'}           | ${'30s'}                           | ${undefined}
  ${'in exponents'}                   | ${'1e3'}                           | ${undefined}
`('Retry-After that is $form is read as $ms ms', ({ header, ms }) => {
  expect(parseRetryAfter(header, NOW)).toBe(ms);
});

test.each([
  '-5',
  '+5',
  '5;',
  '120, 30',
  '120,30',
  '0x10',
  '5 s',
  '.5',
  '5.',
  'soon 5',
  '2026-01-01T12:00:30Z',
  'Thu, 01 Jan 2026 12:00:30',
  'Thu, 01 Jan 2026 12:00:30 +0100',
  'Thu, 99 Jan 2026 12:00:30 GMT',
  'Jan 1 2027',
])('Retry-After "%s", which is no form of the header, counts as absent', (header) => {
  expect(parseRetryAfter(header, NOW)).toBeUndefined();
});
