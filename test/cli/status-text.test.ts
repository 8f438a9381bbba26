/** What `status ID` prints about a single item. */
import { formatItemStatus } from '../../cli/item/status-text';
import type { ItemStatus } from '../../client/items/item-status';
import type { Submission } from '../../workflows/domain/item/item';

const SUBMISSION: Submission = {
  number: 1,
  jobId: null,
  code: 'INPUT_INVALID',
  message: 'HTTP 400: prompt: 501 characters',
  refusals: {},
  charge: null,
};
const FAILED: ItemStatus = {
  id: 'shoe',
  operation: 'generate/image',
  state: 'failed',
  submission: 1,
  jobId: null,
  jobState: null,
  progress: null,
  attempt: 1,
  lastCode: 'INPUT_INVALID',
  trouble: null,
  nextRetryAt: null,
  submissions: [SUBMISSION],
  cancelRequested: false,
  workerAnswers: true,
};

test.each<[string, Partial<ItemStatus>, string]>([
  ['its submission failed', {}, 'failed: INPUT_INVALID: HTTP 400: prompt: 501 characters'],
  ['it was never submitted', { submissions: [], lastCode: 'UNAUTHENTICATED' }, 'failed: UNAUTHENTICATED'],
  ['its last code is not of a submission', { lastCode: 'DEADLINE_EXCEEDED' }, 'failed: DEADLINE_EXCEEDED'],
  ['nothing is known', { submissions: [], lastCode: null }, 'failed'],
])('an item that failed: %s', (_why, more, text) => {
  expect(formatItemStatus({ ...FAILED, ...more })).toBe(text);
});

test('an item of several steps says that it submits only when it does', () => {
  const base = {
    id: 'base',
    operation: 'generate/image',
    outcome: 'open',
    files: [],
    charge: { credits: null, usd: null },
  } as const;
  const submitting = { ...FAILED, state: 'submitting', lastCode: null } as const;
  const begun = { ...submitting, steps: [{ ...base, submissions: [] }] };
  expect(formatItemStatus(begun)).toBe('base · nothing submitted yet');
  const open = { ...submitting, steps: [{ ...base, submissions: [{ jobId: null, code: null, refusals: {} }] }] };
  expect(formatItemStatus(open)).toBe('base · submitting the request');
});
