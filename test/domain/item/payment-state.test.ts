/** Whether a new submission for an item that has ended could be a second payment. */
import { FAILURE_CODES, isProviderFailureCode } from '../../../workflows/domain/failures/failures';
import type { Outcome, RowSubmission } from '../../../workflows/domain/item/item';
import { judgePayment, mergeSubmissions } from '../../../workflows/domain/item/payment-state';

function submission(jobId: string | null, code: string | null): RowSubmission {
  return { jobId, code, refusals: {} };
}

function makeEnd(outcome: Outcome, code: string | null, ...submissions: readonly RowSubmission[]) {
  return { line: { outcome, code }, begun: true, submissions };
}

const UNKNOWN = 'SUBMIT_OUTCOME_UNKNOWN';

test.each(FAILURE_CODES.filter(isProviderFailureCode))('a job that failed with %s is free', (code) => {
  expect(judgePayment(makeEnd('failed', code, submission('j', code)))).toEqual({ kind: 'free' });
});

test.each(['GPU_OOM_17', 'constructor', '__proto__'])('a job that failed with the unlisted code %s is free', (code) => {
  expect(judgePayment(makeEnd('failed', code, submission('j', code)))).toEqual({ kind: 'free' });
});

test('a job that failed without a code is free; one whose reading broke with the same code is not', () => {
  const one = submission('j', 'UNRECOGNISED_CODE');
  expect(judgePayment(makeEnd('failed', 'UNRECOGNISED_CODE', one))).toEqual({ kind: 'free' });
  expect(judgePayment(makeEnd('unknown', 'UNRECOGNISED_CODE', one))).toMatchObject({ kind: 'known-job' });
});

test.each([
  'JOB_OVERDUE',
  'JOB_NOT_FOUND',
  'RESPONSE_INVALID',
  'RESULT_UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'STORE_UNAVAILABLE',
  null,
])('a job that was accepted and ended by %s is fetched', (code) => {
  const known = { kind: 'known-job', jobId: 'j', isOnly: true };
  expect(judgePayment(makeEnd('failed', code, submission('i', 'MODEL_ERROR'), submission('j', code)))).toEqual(known);
  expect(judgePayment(makeEnd('unknown', code, submission('j', code)))).toEqual(known);
});

test.each(['INPUT_INVALID', 'RATE_LIMIT_EXCEEDED', 'PROVIDER_UNREACHABLE', 'UNAUTHENTICATED'])(
  'a refusal with %s is free',
  (code) => {
    expect(judgePayment(makeEnd('failed', code, submission(null, code)))).toEqual({ kind: 'free' });
  },
);

test('an answer that was lost is unknown, also if a later submission has failed', () => {
  expect(judgePayment(makeEnd('unknown', UNKNOWN, submission(null, UNKNOWN)))).toEqual({ kind: 'unknown' });
  const later = [submission(null, UNKNOWN), submission('j', 'MODEL_ERROR')];
  expect(judgePayment(makeEnd('unknown', UNKNOWN, ...later))).toEqual({ kind: 'unknown' });
  expect(judgePayment(makeEnd('failed', 'MODEL_ERROR', ...later))).toEqual({ kind: 'unknown' });
});

test('a job beside an answer that was lost is fetched, and is not the only one that may be charged', () => {
  const both = [submission(null, UNKNOWN), submission('j', 'JOB_OVERDUE')];
  expect(judgePayment(makeEnd('unknown', 'JOB_OVERDUE', ...both))).toEqual({
    kind: 'known-job',
    jobId: 'j',
    isOnly: false,
  });
  const two = [submission('i', 'JOB_OVERDUE'), submission('j', 'JOB_OVERDUE')];
  expect(judgePayment(makeEnd('unknown', 'JOB_OVERDUE', ...two))).toMatchObject({ jobId: 'j', isOnly: false });
});

test('what its page took along when it ended from outside is unknown; what was never begun is free', () => {
  expect(judgePayment(makeEnd('unknown', UNKNOWN))).toEqual({ kind: 'unknown' });
  expect(judgePayment({ line: null, begun: true, submissions: [] })).toEqual({ kind: 'unknown' });
  expect(judgePayment({ line: null, begun: false, submissions: [] })).toEqual({ kind: 'free' });
  expect(judgePayment(makeEnd('cancelled', 'CANCELLED'))).toEqual({ kind: 'free' });
  // The job is of an earlier run, and the lost one may have submitted again.
  const known = { kind: 'known-job', jobId: 'j', isOnly: false };
  const earlier = submission('j', 'JOB_OVERDUE');
  expect(judgePayment({ line: null, begun: true, submissions: [earlier] })).toEqual(known);
  expect(judgePayment(makeEnd('unknown', UNKNOWN, earlier))).toEqual(known);
});

describe('submissions of several runs', () => {
  const overdue = { submissions: [submission('j', 'JOB_OVERDUE')] };

  test('a job that was fetched and has failed is free from then on', () => {
    const merged = mergeSubmissions([
      overdue,
      { submissions: [submission('k', 'MODEL_ERROR')], fetched: { jobId: 'j', code: 'TIMEOUT' } },
    ]);
    expect(merged).toEqual([submission('j', 'TIMEOUT'), submission('k', 'MODEL_ERROR')]);
    expect(judgePayment(makeEnd('failed', 'MODEL_ERROR', ...merged))).toEqual({ kind: 'free' });
  });

  test('a job that was collected has its charge', () => {
    const charge = { credits: 1, usd: null };
    const merged = mergeSubmissions([overdue, { submissions: [], fetched: { jobId: 'j', code: null, charge } }]);
    expect(merged).toEqual([{ ...submission('j', null), charge }]);
  });

  test('a job that nobody knew of is kept', () => {
    const merged = mergeSubmissions([{ submissions: [], fetched: { jobId: 'x', code: 'JOB_OVERDUE' } }]);
    expect(merged).toEqual([submission('x', 'JOB_OVERDUE')]);
  });
});
