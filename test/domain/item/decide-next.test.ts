/** What follows from how a submission ended. */
import { FAILURE_CODES, type FailureCode, getFailureRow } from '../../../workflows/domain/failures/failures';
import type { FaultOrigin, JudgedFault } from '../../../workflows/domain/failures/fault';
import { MAX_SUBMISSIONS } from '../../../workflows/domain/failures/policies';
import {
  type DecisionContext,
  decideNext,
  describeEnd,
  isUnsent,
  type SubmissionEnd,
  settleEnd,
  toFeedback,
} from '../../../workflows/domain/item/decide-next';
import { describeRemedy } from '../../../workflows/domain/item/describe-remedy';
import type { Outcome } from '../../../workflows/domain/item/item';
import { NO_FEEDBACK, type ProviderFeedback } from '../../../workflows/domain/leases/feedback';
import { newOutage } from '../../../workflows/domain/leases/operation-feedback';

const MINUTE = 60_000;
/** Nobody gives out permits, and none was taken back. */
const ALONE: DecisionContext = {
  leftMs: MINUTE,
  isGoverned: false,
  afterFetch: null,
  isRevoked: false,
  isOver: false,
  mayRenewUploads: false,
  submissions: 1,
};
const GOVERNED: DecisionContext = { ...ALONE, isGoverned: true };

function fault(
  origin: FaultOrigin,
  retryInMs?: number,
  code = 'MODEL_ERROR',
  row: FailureCode = 'MODEL_ERROR',
): SubmissionEnd {
  const delay = retryInMs === undefined ? {} : { retryInMs };
  const common = { code, origin, message: 'it failed', row, contradiction: false, met: {} } as const;
  return { kind: 'fault', fault: { ...common, retryable: retryInMs !== undefined, ...delay } satisfies JudgedFault };
}

const LOST = fault('submit', undefined, 'SUBMIT_OUTCOME_UNKNOWN', 'SUBMIT_OUTCOME_UNKNOWN');
const result = {
  file: '/store/a.png',
  sha256: 'x',
  bytes: 1,
  mimeType: 'image/png',
  width: 1,
  height: 1,
  verified: true,
};
const COMPLETED: SubmissionEnd = { kind: 'completed', job: { result, charge: null } };

test('a failed job that may be retried is submitted again after its delay', () => {
  expect(decideNext(fault('job', 500), ALONE)).toEqual({ next: 'resubmit', code: 'MODEL_ERROR', delayMs: 500 });
});

test.each([
  ['its own failure', fault('job', 500), ALONE],
  ['a limit of the provider, met by a job', fault('job', 500, 'RATE_LIMIT_EXCEEDED', 'RATE_LIMIT_EXCEEDED'), GOVERNED],
])(
  'after %s an item is submitted again until it has been as often as the table allows in all',
  (_what, end, context) => {
    expect(decideNext(end, { ...context, submissions: MAX_SUBMISSIONS - 1 }).next).not.toBe('end');
    expect(decideNext(end, { ...context, submissions: MAX_SUBMISSIONS })).toMatchObject({
      outcome: 'failed',
      message: `Submitted ${MAX_SUBMISSIONS} times, the maximum for one item. Last failure: it failed`,
    });
  },
);

describe('an input that the provider could not read', () => {
  const invalid = (origin: FaultOrigin) => fault(origin, undefined, 'INPUT_INVALID', 'INPUT_INVALID');
  const RENEWABLE = { ...ALONE, mayRenewUploads: true };

  test('is submitted once more after an earlier upload was used: as a new submission if its job failed', () => {
    expect(decideNext(invalid('job'), RENEWABLE)).toEqual({ next: 'resubmit', code: 'INPUT_INVALID', delayMs: 0 });
    expect(decideNext(invalid('submit'), RENEWABLE)).toEqual({ next: 'requeue' });
  });

  test.each([
    ['its upload was new, or was renewed', invalid('job'), ALONE],
    ['submissions are over', invalid('job'), { ...RENEWABLE, isOver: true }],
    ['another code', fault('job'), RENEWABLE],
    ['it was submitted too often', invalid('job'), { ...RENEWABLE, submissions: MAX_SUBMISSIONS }],
  ])('ends the item if %s', (_why, end, context) => {
    expect(decideNext(end, context)).toMatchObject({ next: 'end', outcome: 'failed' });
  });
});

test('what is no submission is not bounded: a refusal, and a job that is followed again', () => {
  const context = { ...GOVERNED, submissions: MAX_SUBMISSIONS };
  for (const origin of ['submit', 'read'] as const) {
    expect(decideNext(fault(origin, 500, 'UNAUTHENTICATED', 'UNAUTHENTICATED'), context)).toEqual({ next: 'requeue' });
  }
});

test('a job whose key was refused just before the end of all submissions is followed once more', () => {
  const end = fault('read', undefined, 'UNAUTHENTICATED', 'UNAUTHENTICATED');
  expect(decideNext(end, { ...GOVERNED, isOver: true })).toEqual({ next: 'requeue' });
});

describe('an item that ends', () => {
  const CANCELLED = { next: 'end', outcome: 'cancelled', code: 'CANCELLED', message: 'Cancelled by request.' } as const;
  const lost = { jobId: null, code: 'SUBMIT_OUTCOME_UNKNOWN' };

  test.each([
    ['while the answer to its submission is lost', [lost], 'SUBMIT_OUTCOME_UNKNOWN'],
    [
      'after a lost answer and a failed job',
      [lost, { jobId: 'job_2', code: 'INPUT_INVALID' }],
      'SUBMIT_OUTCOME_UNKNOWN',
    ],
    ['while its job is in flight', [{ jobId: 'job_1', code: null }], 'CANCELLED'],
  ])('%s is unknown, whatever ended it', (_when, submissions, code) => {
    expect(settleEnd(CANCELLED, submissions)).toMatchObject({ outcome: 'unknown', code });
    expect(settleEnd({ ...CANCELLED, outcome: 'failed' }, submissions)).toMatchObject({ outcome: 'unknown', code });
  });

  test.each([
    ['without a submission', []],
    ['after a failed job', [{ jobId: 'job_1', code: 'MODEL_ERROR' }]],
    ['after a job that failed under a name of ours', [{ jobId: 'job_1', code: 'SUBMIT_OUTCOME_UNKNOWN' }]],
  ])('%s ends as scripted', (_when, submissions) => {
    expect(settleEnd(CANCELLED, submissions)).toBe(CANCELLED);
  });

  test('with a result has succeeded', () => {
    const end = { next: 'end', outcome: 'succeeded', code: null, message: null } as const;
    expect(settleEnd(end, [lost, { jobId: 'job_2', code: null }])).toBe(end);
  });
});

test.each([
  ['exactly at the deadline', MINUTE],
  ['after the deadline', MINUTE + 1],
])('a failed job whose delay ends %s is not submitted again', (_name, delayMs) => {
  expect(decideNext(fault('job', delayMs), ALONE)).toMatchObject({ outcome: 'failed', code: 'DEADLINE_EXCEEDED' });
});

test.each([
  ['submit', 'failed'],
  ['read', 'unknown'],
] as const)('a retryable fault of origin %s is never cured by a new submission: %s', (origin, outcome) => {
  expect(decideNext(fault(origin, 500), ALONE)).toMatchObject({ outcome, code: 'DEADLINE_EXCEEDED' });
});

test.each(FAILURE_CODES.filter((code) => code !== 'RESULT_UNAVAILABLE'))(
  'a job that was accepted and not read to its end, for %s, is unknown: it may be charged',
  (code) => {
    expect(decideNext(fault('read', undefined, code, code), ALONE)).toMatchObject({ outcome: 'unknown', code });
  },
);

test('a job that was read as completed and has no result is failed: nothing of it is unknown', () => {
  const end = fault('read', undefined, 'RESULT_UNAVAILABLE', 'RESULT_UNAVAILABLE');
  expect(decideNext(end, ALONE)).toMatchObject({ outcome: 'failed', code: 'RESULT_UNAVAILABLE' });
});

test.each([ALONE, GOVERNED])(
  'a job that the provider has cancelled is cancelled, and not submitted again',
  (context) => {
    const end = fault('job', undefined, 'CANCELLED', 'CANCELLED');
    expect(decideNext(end, context)).toMatchObject({ next: 'end', outcome: 'cancelled', code: 'CANCELLED' });
  },
);

test('a remedy names the job and the item where these are known', () => {
  expect(describeRemedy('JOB_OVERDUE')).toContain('"imagepipeline rescue JOB --id ID"');
  expect(describeRemedy('JOB_OVERDUE', { jobId: 'job_7', id: 'banner' })).toContain(
    '"imagepipeline rescue job_7 --id banner"',
  );
});

test('the remedy of an item of which nothing was accepted names no job to fetch', () => {
  for (const code of ['RESPONSE_INVALID', 'DEADLINE_EXCEEDED']) {
    const remedy = describeRemedy(code, { jobId: null, id: 'banner', outcome: 'failed' });
    expect(remedy).not.toContain('rescue');
    expect(remedy).toMatch(/\.$/);
    expect(describeRemedy(code, { jobId: null, id: 'banner', outcome: 'unknown' })).toContain('rescue JOB --id banner');
  }
});

/** Everything that an accepted job can end with before it was read to its end. */
const READ_CODES = ['JOB_OVERDUE', 'JOB_NOT_FOUND', 'RESPONSE_INVALID', 'DEADLINE_EXCEEDED', 'RESULT_UNAVAILABLE'];

test.each([...READ_CODES, 'UNAUTHENTICATED', 'STORE_UNAVAILABLE', 'PROVIDER_UNREACHABLE'])(
  'the remedy of %s, which may be met while a paid job is read, does not advise to pay again',
  (code) => {
    expect(describeRemedy(code)).not.toMatch(/run (it|the item) again/i);
    if (READ_CODES.includes(code)) expect(describeRemedy(code)).toContain('imagepipeline rescue JOB --id ID');
  },
);

test.each<{ how: string; end: SubmissionEnd; outcome: Outcome; code: string | null }>([
  { how: 'completed', end: COMPLETED, outcome: 'succeeded', code: null },
  { how: 'failed for good', end: fault('job'), outcome: 'failed', code: 'MODEL_ERROR' },
  {
    how: 'failed with an unlisted code',
    end: fault('job', undefined, 'GPU_ON_FIRE'),
    outcome: 'failed',
    code: 'GPU_ON_FIRE',
  },
  { how: 'ended by a lost answer', end: LOST, outcome: 'unknown', code: 'SUBMIT_OUTCOME_UNKNOWN' },
  {
    how: 'failed under a name of ours',
    end: fault('job', undefined, 'SUBMIT_OUTCOME_UNKNOWN', 'UNRECOGNISED_CODE'),
    outcome: 'failed',
    code: 'SUBMIT_OUTCOME_UNKNOWN',
  },
  {
    how: 'ended by a lost worker',
    end: { kind: 'lost', message: 'timeout HEARTBEAT', expectsCallback: false },
    outcome: 'unknown',
    code: 'SUBMIT_OUTCOME_UNKNOWN',
  },
  { how: 'out of time', end: { kind: 'out-of-time', origin: 'submit' }, outcome: 'failed', code: 'DEADLINE_EXCEEDED' },
  {
    how: 'out of time when accepted',
    end: { kind: 'out-of-time', origin: 'read' },
    outcome: 'unknown',
    code: 'DEADLINE_EXCEEDED',
  },
  { how: 'cancelled', end: { kind: 'cancelled', origin: 'submit' }, outcome: 'cancelled', code: 'CANCELLED' },
  {
    how: 'broken by a defect',
    end: { kind: 'broken', origin: 'submit', message: 'TypeError' },
    outcome: 'failed',
    code: 'UNRECOGNISED_CODE',
  },
  {
    how: 'broken when accepted',
    end: { kind: 'broken', origin: 'read', message: 'TypeError' },
    outcome: 'unknown',
    code: 'UNRECOGNISED_CODE',
  },
])('a submission that $how ends the item as $outcome', ({ end, outcome, code }) => {
  expect(decideNext(end, ALONE)).toMatchObject({ next: 'end', outcome, code });
  expect(describeEnd(end)?.code ?? null).toBe(code);
});

/** At the door, with a code that may be tried again unless its row forbids it. */
function refused(code: FailureCode): SubmissionEnd {
  return fault('submit', getFailureRow(code).retryable === true ? 500 : undefined, code, code);
}

const FOR_ALL = FAILURE_CODES.filter((code) => {
  const { scope, outage, retryable } = getFailureRow(code);
  return scope !== 'item' || (outage === true && retryable === true);
});

test('some codes concern everybody, and most do not', () => {
  expect(FOR_ALL).toEqual(
    expect.arrayContaining(['RATE_LIMIT_EXCEEDED', 'UNAUTHENTICATED', 'INSUFFICIENT_CREDITS', 'PROVIDER_UNREACHABLE']),
  );
  expect(FOR_ALL.length).toBeLessThan(FAILURE_CODES.length / 2);
});

test.each(FOR_ALL)(
  '%s at the door puts an item that is governed back into the queue, and ends one that is not',
  (code) => {
    expect(decideNext(refused(code), { ...GOVERNED, leftMs: 0 })).toEqual({ next: 'requeue' });
    expect(decideNext(refused(code), ALONE)).toMatchObject({ next: 'end', outcome: 'failed' });
  },
);

test.each(FAILURE_CODES.filter((code) => !FOR_ALL.includes(code)))(
  '%s at the door is the end, governed or not',
  (code) => {
    expect(decideNext(refused(code), GOVERNED)).toEqual(decideNext(refused(code), ALONE));
    expect(decideNext(refused(code), GOVERNED)).toMatchObject({ next: 'end' });
  },
);

test('a job that fails for an outage is submitted again by its own budget, since it was accepted', () => {
  const end = fault('job', 500, 'MODEL_UNAVAILABLE', 'MODEL_UNAVAILABLE');
  expect(decideNext(end, GOVERNED)).toEqual({ next: 'resubmit', code: 'MODEL_UNAVAILABLE', delayMs: 500 });
});

test.each(['job', 'read'] as const)('a wall of the account met at %s puts a governed item back', (origin) => {
  const end = fault(origin, undefined, 'UNAUTHENTICATED', 'UNAUTHENTICATED');
  expect(decideNext(end, GOVERNED)).toEqual({ next: 'requeue' });
});

test('what was queued goes on waiting', () => {
  expect(decideNext({ kind: 'queued', isInQueue: true, askAgainMs: 0, refusals: {} }, ALONE)).toEqual({
    next: 'requeue',
  });
});

test('an item whose permit was called back before its POST waits for another; after it, it was cancelled', () => {
  const recalled = { ...GOVERNED, isRevoked: true };
  expect(decideNext({ kind: 'cancelled', origin: 'submit' }, recalled)).toEqual({ next: 'requeue' });
  expect(decideNext({ kind: 'cancelled', origin: 'read' }, recalled)).toMatchObject({ outcome: 'cancelled' });
  expect(decideNext({ kind: 'cancelled', origin: 'submit' }, GOVERNED)).toMatchObject({ outcome: 'cancelled' });
});

test.each<{ end: SubmissionEnd; unsent: boolean }>([
  { end: COMPLETED, unsent: false },
  { end: { kind: 'queued', isInQueue: true, askAgainMs: 0, refusals: {} }, unsent: true },
  { end: { kind: 'cancelled', origin: 'submit' }, unsent: true },
  { end: { kind: 'cancelled', origin: 'read' }, unsent: false },
  { end: { kind: 'out-of-time', origin: 'submit' }, unsent: true },
  { end: { kind: 'out-of-time', origin: 'read' }, unsent: false },
  { end: { kind: 'lost', message: 'timeout HEARTBEAT', expectsCallback: false }, unsent: false },
  { end: { kind: 'broken', origin: 'read', message: 'TypeError' }, unsent: false },
  { end: LOST, unsent: false },
  { end: refused('RATE_LIMIT_EXCEEDED'), unsent: true },
  { end: fault('job', 500), unsent: false },
  { end: fault('read', 500), unsent: false },
])('only what was provably not accepted counts as unsent: $end.kind $end.origin', ({ end, unsent }) => {
  expect(isUnsent(end)).toBe(unsent);
});

function makeFault(code: FailureCode, origin: FaultOrigin, more: Partial<JudgedFault> = {}): SubmissionEnd {
  const common = { code, origin, message: 'it failed', row: code, retryable: false, contradiction: false };
  return { kind: 'fault', fault: { ...common, met: { [code]: 1 }, ...more } };
}

const NONE = NO_FEEDBACK.refusals;

test.each<{ how: string; end: SubmissionEnd; feedback: Partial<ProviderFeedback> }>([
  { how: 'completed', end: COMPLETED, feedback: { completed: 1 } },
  { how: 'failed for a reason of its own', end: makeFault('MODEL_ERROR', 'job'), feedback: { completed: 1 } },
  { how: 'never got to the provider', end: { kind: 'lost', message: 'x', expectsCallback: false }, feedback: {} },
  { how: 'was refused for its input', end: makeFault('INPUT_INVALID', 'submit'), feedback: {} },
  {
    how: 'was refused for its input, bare',
    end: makeFault('INPUT_INVALID', 'submit', { isUnnamed: true }),
    feedback: {},
  },
  {
    how: 'met too many jobs',
    end: makeFault('CONCURRENT_JOBS_EXCEEDED', 'submit'),
    feedback: { refusals: { ...NONE, concurrency: 1 } },
  },
  {
    how: 'failed as one job too many',
    end: makeFault('CONCURRENT_JOBS_EXCEEDED', 'job'),
    feedback: { refusals: { ...NONE, concurrency: 1 } },
  },
  {
    how: 'met the rate',
    end: makeFault('RATE_LIMIT_EXCEEDED', 'submit', { retryAfterMs: 9 }),
    feedback: { refusals: { ...NONE, rate: 1 }, retryAfterMs: 9, retryAfterCode: 'RATE_LIMIT_EXCEEDED' },
  },
  {
    how: 'met a bare 429',
    end: makeFault('RATE_LIMIT_EXCEEDED', 'submit', { isUnnamed: true }),
    feedback: { refusals: { ...NONE, uncoded: 1 } },
  },
  {
    how: 'met the end of the credits',
    end: makeFault('INSUFFICIENT_CREDITS', 'submit'),
    feedback: { accountRefusals: { INSUFFICIENT_CREDITS: 1 }, cause: 'it failed' },
  },
  {
    how: 'met a wrong key while reading',
    end: makeFault('UNAUTHENTICATED', 'read'),
    feedback: { accountRefusals: { UNAUTHENTICATED: 1 }, cause: 'it failed' },
  },
  { how: 'may have been accepted', end: makeFault('SUBMIT_OUTCOME_UNKNOWN', 'submit'), feedback: { lost: 1 } },
  { how: 'was forbidden', end: makeFault('FORBIDDEN', 'submit'), feedback: { forbidden: ['i'] } },
  {
    how: 'reached nobody',
    end: makeFault('PROVIDER_UNREACHABLE', 'submit'),
    feedback: { operations: newOutage('generate/image', 'PROVIDER_UNREACHABLE', 'it failed') },
  },
  {
    how: 'reached nobody, a second time',
    end: makeFault('PROVIDER_UNREACHABLE', 'submit', { met: { PROVIDER_UNREACHABLE: 2 } }),
    feedback: { operations: newOutage('generate/image', 'PROVIDER_UNREACHABLE', 'it failed') },
  },
])('of a submission that $how everybody hears $feedback', ({ end, feedback }) => {
  expect(toFeedback(end, { item: 'i', operation: 'generate/image', isProbe: false })).toEqual({
    ...NO_FEEDBACK,
    ...feedback,
  });
});

test('of a probe every fault of an outage counts', () => {
  const end = makeFault('PROVIDER_UNREACHABLE', 'submit', { met: { PROVIDER_UNREACHABLE: 7 } });
  const { operations } = toFeedback(end, { item: 'i', operation: 'generate/image', isProbe: true });
  expect(operations).toMatchObject({ 'generate/image': { outages: 1 } });
});

test.each(FAILURE_CODES)('there is a remedy for %s, and an unlisted code has that of unrecognised ones', (code) => {
  expect(describeRemedy(code)).toMatch(/\.$/);
  expect(describeRemedy('GPU_ON_FIRE')).toBe(describeRemedy('UNRECOGNISED_CODE'));
});
