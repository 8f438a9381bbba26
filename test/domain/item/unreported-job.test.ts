/** A row of results names the jobs that the store knows, and Temporal does not. */
import { expectLateOutcome, type SubmissionEnd } from '../../../workflows/domain/item/decide-next';
import type { ItemResultRow, RowSubmission } from '../../../workflows/domain/item/item';
import { judgePayment } from '../../../workflows/domain/item/payment-state';
import { toResultRow } from '../../../workflows/domain/item/result-row';
import { withUnreportedJobs } from '../../../workflows/domain/item/unreported-job';

const CODE = 'SUBMIT_OUTCOME_UNKNOWN';
const LOST: RowSubmission = { jobId: null, code: CODE, refusals: {} };
const FAILED: RowSubmission = { jobId: 'job_1', code: 'MODEL_ERROR', refusals: {} };

function unknownRow(submissions: readonly RowSubmission[]): ItemResultRow {
  const report = {
    outcome: 'unknown',
    result: null,
    jobId: null,
    code: CODE,
    message: 'lost',
    submissions: [],
  } as const;
  return { ...toResultRow('a', report), submissions };
}

const job = (submission: number, jobId: string) => ({
  ...{ key: 'a', run: 'run', submission, jobId, acceptedAt: '2026-01-01T00:00:00.000Z' },
});
const judge = (line: ItemResultRow) => judgePayment({ line, begun: true, submissions: line.submissions });

test('the job of a submission whose answer was lost is named, and can be fetched', () => {
  const row = withUnreportedJobs(unknownRow([FAILED, LOST]), [job(2, 'job_2')]);
  expect(row).toMatchObject({ jobId: 'job_2', submissions: [FAILED, { ...LOST, jobId: 'job_2' }] });
  expect(judge(row)).toEqual({ kind: 'known-job', jobId: 'job_2', isOnly: true });
});

test('a job of an earlier submission is no job of the newest', () => {
  const row = withUnreportedJobs(unknownRow([LOST, LOST]), [job(1, 'job_1')]);
  expect(row).toMatchObject({ jobId: null, submissions: [{ ...LOST, jobId: 'job_1' }, LOST] });
  expect(judge(row)).toEqual({ kind: 'known-job', jobId: 'job_1', isOnly: false });
});

test('a row whose workflow was lost gets the job, and may have others', () => {
  const row = withUnreportedJobs(unknownRow([]), [job(1, 'job_1')]);
  expect(row).toMatchObject({ jobId: 'job_1', submissions: [{ jobId: 'job_1', code: null }] });
  expect(judge(row)).toEqual({ kind: 'known-job', jobId: 'job_1', isOnly: false });
});

test('a job that the row names already changes nothing', () => {
  const row = unknownRow([FAILED]);
  expect(withUnreportedJobs(row, [job(1, 'job_1')])).toBe(row);
  const fetched = { ...unknownRow([]), fetched: { jobId: 'job_1', code: 'JOB_NOT_FOUND' } };
  expect(withUnreportedJobs(fetched, [job(1, 'job_1')])).toBe(fetched);
});

describe('the outcome of a submission whose answer was lost', () => {
  const lost = (more: object): SubmissionEnd => ({ kind: 'lost', message: '', expectsCallback: false, ...more });

  test.each<[string, SubmissionEnd, ReturnType<typeof expectLateOutcome>]>([
    ['stays unknown', lost({}), null],
    ['may be in the store later', lost({ lateAnswerMs: 55 }), { lookInMs: 55, patienceMs: 55 }],
    ['may come with a callback', lost({ expectsCallback: true }), { lookInMs: null, patienceMs: 900 }],
    [
      'may come by both, and the callback later',
      lost({ expectsCallback: true, lateAnswerMs: 55 }),
      { lookInMs: 55, patienceMs: 900 },
    ],
    [
      'has the time of the later',
      lost({ expectsCallback: true, lateAnswerMs: 955 }),
      { lookInMs: 955, patienceMs: 955 },
    ],
  ])('%s', (_how, end, expected) => {
    expect(expectLateOutcome(end, 900)).toEqual(expected);
  });
});
