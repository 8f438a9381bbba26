/** A record that is carried into another run of its workflow, cut at any point of its life. */
import fc from 'fast-check';
import { judge } from '../../../workflows/domain/failures/fault';
import type { SubmissionEnd } from '../../../workflows/domain/item/decide-next';
import { duplicatesIn } from '../../../workflows/domain/item/item';
import {
  accepted,
  begun,
  closed,
  found,
  type ItemRecord,
  NEW_RECORD,
  nextTaskOf,
  opened,
  resumeRecord,
  unsent,
} from '../../../workflows/domain/item/item-record';
import { packRecord, unpackRecord } from '../../../workflows/domain/item/packed-record';

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
  begin: (record) => begun(record, NOW, { deadlineMs: 1_000, waitedMs: 0 }),
  submit: (record) => (isOpen(record) || nextTaskOf(record).do !== 'submit' ? record : opened(record)),
  accept: (record, number) => (isOpen(record) && !hasJob(record) ? accepted(record, job(`job_${number}`)) : record),
  refuse: (record) =>
    isOpen(record) && !hasJob(record) ? unsent(record, fault('submit', 'RATE_LIMIT_EXCEEDED', record)) : record,
  lose: (record) =>
    isOpen(record) && !hasJob(record)
      ? closed({ ...record, echoUntil: NOW }, { kind: 'lost', message: 'reset', isEchoed: true })
      : record,
  find: (record, number) => (record.echoUntil === null ? record : found(record, `job_${number}`)),
  giveUp: (record) => ({ ...record, echoUntil: null }),
  fail: (record) => (isOpen(record) && hasJob(record) ? closed(record, fault('job', 'MODEL_ERROR', record)) : record),
  leave: (record) => (isOpen(record) && hasJob(record) ? { ...record, orphan: job('job_left') } : record),
};

const lives = fc.array(fc.constantFrom(...Object.keys(STEPS)), { maxLength: 30 });

function live(steps: readonly string[]): ItemRecord {
  return steps.reduce((record, name, number) => STEPS[name]?.(record, number) ?? record, NEW_RECORD);
}

test('a carried record with a job and no end is looked after, whatever came before, and never submitted', () => {
  fc.assert(
    fc.property(lives, (steps) => {
      const carried = unpackRecord(JSON.parse(JSON.stringify(packRecord(live(steps)))));
      const task = nextTaskOf(resumeRecord(carried, NOW, PATIENCE_MS));
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
      if (!isOpen(carried) || carried.orphan !== null) expect(resumeRecord(carried, NOW, PATIENCE_MS)).toBe(carried);
    }),
  );
});

test('the job of a submission without an end is known by its id', () => {
  const carried = accepted(opened(NEW_RECORD), job('job_1'));
  expect(resumeRecord(carried, NOW, PATIENCE_MS)).toEqual({
    ...carried,
    orphan: { jobId: 'job_1', acceptedAt: NOW, estimatedMs: null, refusals: {} },
  });
});

test('a submission that was cut in the middle is one of unknown outcome, whose callback may still come', () => {
  expect(resumeRecord(opened(NEW_RECORD), NOW, PATIENCE_MS)).toMatchObject({
    submissions: [{ number: 1, jobId: null, code: 'SUBMIT_OUTCOME_UNKNOWN' }],
    echoUntil: NOW + PATIENCE_MS,
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
  expect(duplicatesIn([before, { jobId: 'job_2', code: null }])).toBe(count);
  expect(duplicatesIn([before])).toBe(0);
});
