/** A record that is carried into another run of its workflow, cut at any point of its life. */
import fc from 'fast-check';
import { judge } from '../../../workflows/domain/failures/fault';
import type { SubmissionEnd } from '../../../workflows/domain/item/decide-next';
import {
  closeSubmission,
  decideTask,
  type ItemRecord,
  NEW_RECORD,
  openSubmission,
  recordAcceptance,
  recordFoundJob,
  recordUnsent,
  resumeRecord,
  startClock,
} from '../../../workflows/domain/item/item-record';
import { packRecord, unpackRecord } from '../../../workflows/domain/item/packed-record';
import { countDuplicates } from '../../../workflows/domain/item/submission-payment';

const NOW = 5_000_000;
const PATIENCE_MS = 60_000;
const job = (jobId: string) => ({ jobId, acceptedAt: 0, estimatedMs: null, refusals: {} });
const fault = (origin: 'submit' | 'job' | 'read', code: string, { met }: ItemRecord): SubmissionEnd => ({
  kind: 'fault',
  fault: judge({ code, origin, message: '' }, met, () => 0.5),
});

type Step = (record: ItemRecord, number: number) => ItemRecord;

const isOpen = ({ submissions }: ItemRecord) => submissions.length > 0 && submissions.at(-1)?.code === null;
const hasJob = ({ submissions }: ItemRecord) => submissions.at(-1)?.jobId != null;

/** What may happen to an item, each where it may; elsewhere it changes nothing. */
const STEPS: Readonly<Record<string, Step>> = {
  begin: (record) => startClock(record, NOW, { deadlineMs: 1_000, waitedMs: 0 }),
  submit: (record) => (isOpen(record) || decideTask(record).do !== 'submit' ? record : openSubmission(record)),
  accept: (record, number) =>
    isOpen(record) && !hasJob(record) ? recordAcceptance(record, job(`job_${number}`)) : record,
  refuse: (record) =>
    isOpen(record) && !hasJob(record) ? recordUnsent(record, fault('submit', 'RATE_LIMIT_EXCEEDED', record)) : record,
  lose: (record) =>
    isOpen(record) && !hasJob(record)
      ? closeSubmission({ ...record, callbackDeadline: NOW }, { kind: 'lost', message: 'reset', expectsCallback: true })
      : record,
  find: (record, number) => (record.callbackDeadline === null ? record : recordFoundJob(record, `job_${number}`)),
  giveUp: (record) => ({ ...record, callbackDeadline: null }),
  fail: (record) =>
    isOpen(record) && hasJob(record) ? closeSubmission(record, fault('job', 'MODEL_ERROR', record)) : record,
  leave: (record) => (isOpen(record) && hasJob(record) ? { ...record, pendingJob: job('job_left') } : record),
};

const lives = fc.array(fc.constantFrom(...Object.keys(STEPS)), { maxLength: 30 });

function live(steps: readonly string[]): ItemRecord {
  return steps.reduce((record, name, number) => STEPS[name]?.(record, number) ?? record, NEW_RECORD);
}

test('a carried record with a job and no end is followed, whatever came before, and never submitted', () => {
  fc.assert(
    fc.property(lives, (steps) => {
      const carried = unpackRecord(JSON.parse(JSON.stringify(packRecord(live(steps)))));
      const task = decideTask(resumeRecord(carried, NOW, PATIENCE_MS));
      if (!isOpen(carried)) return;
      expect(task.do).toBe(hasJob(carried) ? 'look-after-job' : 'await-callback');
    }),
    { numRuns: 2_000 },
  );
});

test('a record is carried as it is, but for the sentences of earlier submissions', () => {
  fc.assert(
    fc.property(lives, (steps) => {
      const record = live(steps);
      const submissions = record.submissions.map((submission, index) => ({
        ...submission,
        message: index === record.submissions.length - 1 ? submission.message : null,
      }));
      expect(unpackRecord(JSON.parse(JSON.stringify(packRecord(record))))).toEqual({ ...record, submissions });
    }),
  );
});

test('a record that was not cut within a submission is taken over as it is', () => {
  fc.assert(
    fc.property(lives, (steps) => {
      const carried = live(steps);
      if (!isOpen(carried) || carried.pendingJob !== null)
        expect(resumeRecord(carried, NOW, PATIENCE_MS)).toBe(carried);
    }),
  );
});

test('the job of a submission without an end is known by its id', () => {
  const carried = recordAcceptance(openSubmission(NEW_RECORD), job('job_1'));
  expect(resumeRecord(carried, NOW, PATIENCE_MS)).toEqual({
    ...carried,
    pendingJob: { jobId: 'job_1', acceptedAt: NOW, estimatedMs: null, refusals: {} },
  });
});

test('a submission that was cut in the middle is one of unknown outcome, whose callback may still come', () => {
  expect(resumeRecord(openSubmission(NEW_RECORD), NOW, PATIENCE_MS)).toMatchObject({
    submissions: [{ number: 1, jobId: null, code: 'SUBMIT_OUTCOME_UNKNOWN' }],
    callbackDeadline: NOW + PATIENCE_MS,
  });
});

test.each([
  ['a job without an end', { jobId: 'job_1', code: null }, 1],
  ['an unknown outcome', { jobId: null, code: 'SUBMIT_OUTCOME_UNKNOWN' }, 1],
  ['a job that was not seen to end', { jobId: 'job_1', code: 'JOB_OVERDUE' }, 1],
  ['a job whose result is gone', { jobId: 'job_1', code: 'RESULT_UNAVAILABLE' }, 1],
  ['a job that failed', { jobId: 'job_1', code: 'MODEL_ERROR' }, 0],
  ['a job that failed with a code of nobody', { jobId: 'job_1', code: 'GPU_OOM_17' }, 0],
  ['a refusal', { jobId: null, code: 'INSUFFICIENT_CREDITS' }, 0],
])('a submission after %s counts as a possible duplicate, or not', (_what, before, count) => {
  expect(countDuplicates([before, { jobId: 'job_2', code: null }])).toBe(count);
  expect(countDuplicates([before])).toBe(0);
});
