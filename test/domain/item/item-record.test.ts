/** What is remembered of an item, submission by submission. */
import type { CodeCounts } from '../../../workflows/domain/failures/failures';
import { type FaultOrigin, judge } from '../../../workflows/domain/failures/fault';
import type { SubmissionEnd } from '../../../workflows/domain/item/decide-next';
import type { AcceptedJob } from '../../../workflows/domain/item/item';
import {
  closeSubmission,
  NEW_RECORD,
  openSubmission,
  recordAcceptance,
  recordUnsent,
  startClock,
  toProgress,
  toReport,
} from '../../../workflows/domain/item/item-record';

const job = (jobId: string, refusals: CodeCounts = {}): AcceptedJob => ({
  jobId,
  estimatedMs: null,
  refusals,
});
const failed = (origin: FaultOrigin, code: string, met: CodeCounts): SubmissionEnd => ({
  kind: 'fault',
  fault: judge({ code, origin, message: `${code} it was` }, met, () => 0.5),
});
const result = {
  file: '/store/a.png',
  sha256: 'x',
  bytes: 1,
  mimeType: 'image/png',
  width: 1,
  height: 1,
  verified: true,
};
const completed: SubmissionEnd = { kind: 'completed', job: { result, charge: { credits: 2, usd: null } } };

const twice = () => {
  const first = recordAcceptance(openSubmission(NEW_RECORD), job('job_1', { RATE_LIMIT_EXCEEDED: 2 }));
  const second = openSubmission(closeSubmission(first, failed('job', 'MODEL_ERROR', first.met)));
  return closeSubmission(recordAcceptance(second, job('job_2')), completed);
};

test('every submission stays listed with its job, its code, its refusals and its charge', () => {
  expect(twice().submissions).toEqual([
    {
      number: 1,
      jobId: 'job_1',
      code: 'MODEL_ERROR',
      message: 'MODEL_ERROR it was',
      refusals: { RATE_LIMIT_EXCEEDED: 2 },
      charge: null,
    },
    { number: 2, jobId: 'job_2', code: null, message: null, refusals: {}, charge: { credits: 2, usd: null } },
  ]);
});

test('codes are counted over all submissions, refusals included', () => {
  expect(twice().met).toEqual({ RATE_LIMIT_EXCEEDED: 2, MODEL_ERROR: 1 });
});

test('refusals before a submission that was never accepted are listed, without those of earlier submissions', () => {
  const before = { ...openSubmission(NEW_RECORD), met: { RATE_LIMIT_EXCEEDED: 1, MODEL_ERROR: 1 } };
  const end = failed('submit', 'INSUFFICIENT_CREDITS', { RATE_LIMIT_EXCEEDED: 3, MODEL_ERROR: 1 });
  const record = closeSubmission(before, end);
  expect(record.submissions).toMatchObject([
    { jobId: null, code: 'INSUFFICIENT_CREDITS', refusals: { RATE_LIMIT_EXCEEDED: 2, INSUFFICIENT_CREDITS: 1 } },
  ]);
});

test('a fault after the acceptance leaves the refusals as they were', () => {
  const record = recordAcceptance(openSubmission(NEW_RECORD), job('job_1', { RATE_LIMIT_EXCEEDED: 1 }));
  const end = failed('read', 'JOB_OVERDUE', record.met);
  expect(closeSubmission(record, end).submissions).toMatchObject([
    { refusals: { RATE_LIMIT_EXCEEDED: 1 }, jobId: 'job_1' },
  ]);
});

test('a record is a value: what follows from it does not change it', () => {
  const record = Object.freeze(openSubmission(NEW_RECORD));
  closeSubmission(recordAcceptance(record, job('job_1')), completed);
  expect(record).toEqual(openSubmission(NEW_RECORD));
  expect(NEW_RECORD).toEqual({
    calls: 0,
    finished: [],
    submissions: [],
    met: {},
    deadlineAt: null,
    refused: {},
    retryAt: null,
    callbackDeadline: null,
    lookForJobAt: null,
    rememberedUpload: null,
    uploadsNewerThan: null,
    pendingJob: null,
    rescued: null,
  });
});

test('the progress names the newest submission and the newest code, also while the next one is in progress', () => {
  const first = recordAcceptance(openSubmission(NEW_RECORD), job('job_1'));
  const second = openSubmission(closeSubmission(first, failed('job', 'TIMEOUT', first.met)));
  expect(toProgress(second, 'submitting', null)).toMatchObject({ submission: 2, jobId: null, lastCode: 'TIMEOUT' });
});

test('the report has a result exactly if the item succeeded', () => {
  const end = { next: 'end', outcome: 'succeeded', code: null, message: null } as const;
  expect(toReport(twice(), end, completed.job)).toMatchObject({ outcome: 'succeeded', result, jobId: 'job_2' });
  const other = { next: 'end', outcome: 'cancelled', code: 'CANCELLED', message: 'stop' } as const;
  expect(toReport(twice(), other, null)).toMatchObject({ outcome: 'cancelled', result: null, jobId: 'job_2' });
});

test('the time of an item begins with its first permit, and stands still while it waits for another', () => {
  const first = startClock(NEW_RECORD, 1_000, { deadlineMs: 60_000, waitedMs: 500 });
  expect(first.deadlineAt).toBe(61_000);
  const second = startClock({ ...first, retryAt: 2_000 }, 30_000, { deadlineMs: 60_000, waitedMs: 20_000 });
  expect(second).toMatchObject({ deadlineAt: 81_000, retryAt: null });
});

test('what was refused is no submission, and its refusals are listed with the one that is accepted later', () => {
  const first = recordUnsent(openSubmission(NEW_RECORD), failed('submit', 'RATE_LIMIT_EXCEEDED', {}));
  expect(first).toMatchObject({
    submissions: [],
    met: { RATE_LIMIT_EXCEEDED: 1 },
    refused: { RATE_LIMIT_EXCEEDED: 1 },
  });
  const second = recordUnsent(openSubmission(first), failed('submit', 'UNAUTHENTICATED', first.met));
  const third = recordAcceptance(openSubmission(second), job('job_1', { RATE_LIMIT_EXCEEDED: 2 }));
  expect(third.submissions).toMatchObject([
    { number: 1, jobId: 'job_1', refusals: { RATE_LIMIT_EXCEEDED: 3, UNAUTHENTICATED: 1 } },
  ]);
  expect(third).toMatchObject({ met: { RATE_LIMIT_EXCEEDED: 3, UNAUTHENTICATED: 1 }, refused: {} });
});

test('refusals of earlier permits are listed with the one at which the item ends', () => {
  const refused = recordUnsent(openSubmission(NEW_RECORD), failed('submit', 'RATE_LIMIT_EXCEEDED', {}));
  const record = closeSubmission(openSubmission(refused), failed('submit', 'INPUT_INVALID', refused.met));
  expect(record.submissions).toMatchObject([{ refusals: { RATE_LIMIT_EXCEEDED: 1, INPUT_INVALID: 1 } }]);
  expect(record.refused).toEqual({});
});

test('a job that is left alone stays open: nobody saw its end', () => {
  const record = recordAcceptance(openSubmission(NEW_RECORD), job('job_1'));
  expect(closeSubmission(record, { kind: 'cancelled', origin: 'read' })).toBe(record);
});

test('what was called back before its POST leaves no trace, but that it was called', () => {
  const record = recordUnsent(openSubmission(NEW_RECORD), { kind: 'cancelled', origin: 'submit' });
  expect(record).toEqual({ ...NEW_RECORD, calls: 1 });
});
