/** The state of an item: its submissions and the codes it has met. Immutable. */
import { addCounts } from '../base/counts';
import { getOwn } from '../base/own-value';
import { withoutMissing } from '../base/without-missing';
import type { CodeCounts } from '../failures/failures';
import type { TakenOverStep } from './activity-contract';
import { describeEnd, type ItemEnd, type SubmissionEnd } from './decide-next';
import type {
  AcceptedJob,
  AfterFetch,
  CompletedJob,
  FetchedJob,
  ItemProgress,
  ItemReport,
  ItemState,
  MissingFile,
  RunningJob,
  StoredFile,
  Submission,
} from './item';
import { withAllFiles } from './result-row';

/** A step that has made its files. It is never run again. */
export interface FinishedStep {
  readonly id: string;
  /**
   * Those of this run of the item. If an earlier run has finished the step: of a row none, of a single item that of the job
   * that made the files.
   */
  readonly submissions: readonly Submission[];
  /** The main one first. */
  readonly files: readonly StoredFile[];
  /** Absent: none. */
  readonly missing?: readonly MissingFile[];
  /** The job of an earlier run that was fetched. Absent: none. */
  readonly fetched?: FetchedJob;
}

/** Everything but `calls` and `finished` is about the step under way. */
export interface ItemRecord {
  /** Number of `submitJob` calls, including those that sent nothing. */
  readonly calls: number;
  /** In order. */
  readonly finished: readonly FinishedStep[];
  readonly submissions: readonly Submission[];
  /** How often each code was met, including refusals. */
  readonly met: CodeCounts;
  /** Deadline, in ms since the epoch; `null` before the first permit. */
  readonly deadlineAt: number | null;
  /** Refusals since the last accepted submission, by code. */
  readonly refused: CodeCounts;
  /** Earliest time of the next submission, in ms since the epoch; `null` if none. */
  readonly retryAt: number | null;
  /**
   * How long a callback may still name the job of the newest submission, whose answer was lost; in ms since the epoch.
   */
  readonly callbackDeadline: number | null;
  /** When to look in the store for the job of that submission, in ms since the epoch; `null`: not. */
  readonly lookForJobAt: number | null;
  /** When the newest upload was made that the newest submission found and used; `null` if it used none. */
  readonly rememberedUpload: number | null;
  /** Uploads must be newer than this, because one from before was possibly not readable; `null`: any may be used. */
  readonly uploadsNewerThan: number | null;
  /** A paid job that an account-wide fault kept from being read; it is read before anything is submitted. */
  readonly pendingJob: RunningJob | null;
  /** A job of an earlier run that is fetched before anything is submitted. */
  readonly rescued: RescuedJob | null;
}

interface RescuedJob {
  readonly jobId: string;
  /** `null` once it is decided: the item is submitted like any other. */
  readonly then: AfterFetch | null;
  /** `null` until the job was read to its end or abandoned. */
  readonly found: FetchedJob | null;
}

/** The record of an item whose time has begun. */
export type StartedRecord = ItemRecord & { readonly deadlineAt: number };

export const NEW_RECORD: ItemRecord = {
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
};

/** Record of an item whose job was submitted in an earlier run. */
export function newRescue(jobId: string, now: number, then: AfterFetch = 'end'): ItemRecord {
  // An item that is submitted in any case need not wait for the deadline of a job that may not exist.
  const claimed = then === 'submit' ? { isClaimed: true as const } : {};
  const pendingJob = { jobId, acceptedAt: now, estimatedMs: 0, refusals: {}, ...claimed };
  return { ...NEW_RECORD, rescued: { jobId, then, found: null }, pendingJob };
}

/** The record of a single item whose first steps were finished by earlier runs. */
export function newContinuation(steps: readonly TakenOverStep[]): ItemRecord {
  const finished = steps.map(({ jobId, charge, ...step }, index) => {
    const submission: Submission = { number: index + 1, jobId, code: null, message: null, refusals: {}, charge };
    return { ...step, submissions: [submission] };
  });
  return { ...NEW_RECORD, finished };
}

/** The record after a step has made its files. The next step has budgets and a deadline of its own. */
export function finishStep(record: ItemRecord, id: string, job: CompletedJob): ItemRecord {
  const { calls, finished, submissions, rescued } = record;
  const { files } = withAllFiles(job);
  const more = withoutMissing({ missing: job.missing, fetched: rescued?.found ?? undefined });
  return { ...NEW_RECORD, calls, finished: [...finished, { id, submissions, files, ...more }] };
}

/** A record, also as it is carried. */
interface CountedRecord {
  readonly submissions: readonly unknown[];
  readonly finished?: readonly { readonly submissions: readonly unknown[] }[];
}

/** Number of submissions of all steps in this run of the item. */
export function countSubmissions({ finished = [], submissions }: CountedRecord): number {
  return finished.reduce((sum, step) => sum + step.submissions.length, submissions.length);
}

/** Continues as an ordinary item. */
export function submitAfterFetch(record: ItemRecord): ItemRecord {
  const { rescued } = record;
  return rescued === null ? record : { ...record, rescued: { ...rescued, then: null } };
}

/** For a job id typed by a person, which may not exist. */
export function newClaimedRescue(jobId: string, now: number): ItemRecord {
  const record = newRescue(jobId, now);
  return { ...record, pendingJob: record.pendingJob === null ? null : { ...record.pendingJob, isClaimed: true } };
}

/**
 * The record as taken over by the next run of its workflow. A newest submission without an end is never followed by
 * another: its job is read; without a known job, a callback may still name it.
 *
 * @param patienceMs how long to wait for a callback, in ms
 */
export function resumeRecord(record: ItemRecord, now: number, patienceMs: number): ItemRecord {
  const newest = record.submissions.at(-1);
  if (newest === undefined || newest.code !== null || record.pendingJob !== null) return record;
  const { jobId } = newest;
  if (jobId !== null) {
    return {
      ...record,
      callbackDeadline: null,
      pendingJob: { jobId, acceptedAt: now, estimatedMs: null, refusals: {} },
    };
  }
  return closeSubmission({ ...record, callbackDeadline: now + patienceMs, lookForJobAt: now }, LEFT_OPEN);
}

const LEFT_OPEN: SubmissionEnd = {
  kind: 'lost',
  expectsCallback: true,
  message: 'The workflow was continued as new while the request was under way.',
};

/** The next task of an item that waits for nothing. */
export type NextTask =
  | { readonly do: 'submit' }
  | { readonly do: 'look-after-job'; readonly job: RunningJob }
  /** For the newest submission, whose answer was lost. */
  | { readonly do: 'await-callback' };

export function decideTask({ callbackDeadline, pendingJob }: ItemRecord): NextTask {
  if (callbackDeadline !== null) return { do: 'await-callback' };
  return pendingJob === null ? { do: 'submit' } : { do: 'look-after-job', job: pendingJob };
}

/** Records a permit. The first one starts the item's time; waiting for later ones does not count. */
export function startClock(
  record: ItemRecord,
  now: number,
  { deadlineMs, waitedMs }: { readonly deadlineMs: number; readonly waitedMs: number },
): StartedRecord {
  const deadlineAt = record.deadlineAt === null ? now + deadlineMs : record.deadlineAt + waitedMs;
  return { ...record, deadlineAt, retryAt: null };
}

export function openSubmission(record: ItemRecord): ItemRecord {
  const number = countSubmissions(record) + 1;
  const fresh: Submission = { number, jobId: null, code: null, message: null, refusals: {}, charge: null };
  return { ...record, calls: record.calls + 1, submissions: [...record.submissions, fresh] };
}

/** Records that the next submission uploads its files again. */
export function renewUploads(record: ItemRecord): ItemRecord {
  return { ...record, uploadsNewerThan: record.rememberedUpload, rememberedUpload: null };
}

export function recordAcceptance(record: ItemRecord, job: AcceptedJob): ItemRecord {
  const refusals = addCounts(record.refused, job.refusals);
  return amendNewest(
    { ...record, met: addCounts(record.met, job.refusals), refused: {} },
    { jobId: job.jobId, refusals },
  );
}

/** Nothing was accepted, so no submission is recorded, only its refusals. */
export function recordUnsent(record: ItemRecord, end: SubmissionEnd): ItemRecord {
  const met = countMet(record, end);
  const refused = addCounts(record.refused, subtractCounts(met, record.met));
  return { ...record, met, refused, submissions: record.submissions.slice(0, -1) };
}

/** The job of the newest submission, whose answer was lost, has become known. */
export function recordFoundJob(record: ItemRecord, jobId: string): ItemRecord {
  return amendNewest({ ...record, callbackDeadline: null, lookForJobAt: null }, { jobId, code: null, message: null });
}

/** Records the end of the newest submission, or of the job of an earlier run. */
export function closeSubmission(record: ItemRecord, end: SubmissionEnd): ItemRecord {
  if (record.rescued !== null && record.rescued.then !== null) return recordFetched(record, record.rescued, end);
  if (end.kind === 'completed') return amendNewest(record, { charge: end.job.charge });
  // The end of an abandoned job is unknown.
  if (end.kind === 'cancelled' && end.origin === 'read') return record;
  const met = end.kind === 'fault' ? end.fault.met : record.met;
  const atSubmit = end.kind === 'fault' && end.fault.origin === 'submit';
  const refusals = atSubmit ? { refusals: addCounts(record.refused, subtractCounts(met, record.met)) } : {};
  return amendNewest({ ...record, met, refused: atSubmit ? {} : record.refused }, { ...describeEnd(end), ...refusals });
}

function recordFetched(record: ItemRecord, rescued: RescuedJob, end: SubmissionEnd): ItemRecord {
  const { jobId } = rescued;
  const charge = end.kind === 'completed' ? end.job.charge : null;
  const found = { jobId, code: describeEnd(end)?.code ?? null, ...(charge === null ? {} : { charge }) };
  return { ...record, met: countMet(record, end), rescued: { ...rescued, found } };
}

export function toProgress(record: ItemRecord, state: ItemState, nextRetryAt: string | null): ItemProgress {
  const newest = record.submissions.at(-1);
  return {
    state,
    submission: newest?.number ?? 0,
    jobId: newest?.jobId ?? null,
    lastCode: findLastCode(record),
    nextRetryAt,
    submissions: record.submissions,
  };
}

export function toReport(record: ItemRecord, end: ItemEnd, job: CompletedJob | null): ItemReport {
  return {
    outcome: end.outcome,
    result: job?.result ?? null,
    ...withoutMissing({ files: job?.files, missing: job?.missing }),
    jobId: record.submissions.at(-1)?.jobId ?? record.rescued?.jobId ?? null,
    code: end.code,
    message: end.message,
    submissions: record.submissions,
    ...(record.rescued?.found ? { fetched: record.rescued.found } : {}),
  };
}

function countMet({ met }: ItemRecord, end: SubmissionEnd): CodeCounts {
  if (end.kind === 'queued') return addCounts(met, end.refusals);
  return end.kind === 'fault' ? end.fault.met : met;
}

function findLastCode(record: ItemRecord): string | null {
  const withCode = record.submissions.filter((submission) => submission.code !== null);
  return Object.keys(record.refused).at(-1) ?? withCode.at(-1)?.code ?? null;
}

function amendNewest(record: ItemRecord, change: Partial<Submission>): ItemRecord {
  const newest = record.submissions.at(-1);
  if (newest === undefined) return record;
  return { ...record, submissions: [...record.submissions.slice(0, -1), { ...newest, ...change }] };
}

function subtractCounts(whole: CodeCounts, part: CodeCounts): CodeCounts {
  const rest = Object.entries(whole).map(([code, count]) => [code, count - (getOwn(part, code) ?? 0)] as const);
  return Object.fromEntries(rest.filter(([, count]) => count > 0));
}
