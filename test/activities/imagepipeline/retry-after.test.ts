import { parseRetryAfter } from '../../../activities/imagepipeline/retry-after';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);
const HOUR = 3_600_000;

test.each([
  { form: 'absent', header: undefined, ms: undefined },
  { form: 'empty', header: '  ', ms: undefined },
  { form: 'whole seconds', header: '7', ms: 7_000 },
  { form: 'zero', header: '0', ms: 0 },
  { form: 'a fraction of a second', header: '0.25', ms: 250 },
  { form: 'padded', header: ' 7 ', ms: 7_000 },
  { form: 'more than an hour', header: '999999999', ms: HOUR },
  { form: 'too large for a number', header: '9'.repeat(400), ms: undefined },
  { form: 'an HTTP date', header: 'Thu, 01 Jan 2026 12:00:30 GMT', ms: 30_000 },
  { form: 'an HTTP date in the past', header: 'Thu, 01 Jan 2026 11:59:00 GMT', ms: 0 },
  { form: 'an HTTP date far in the future', header: 'Fri, 01 Jan 2027 12:00:00 GMT', ms: HOUR },
  { form: 'a word', header: 'soon', ms: undefined },
  { form: 'a number with a unit', header: '30s', ms: undefined },
  { form: 'in exponents', header: '1e3', ms: undefined },
])('Retry-After that is $form is read as $ms ms', ({ header, ms }) => {
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
