/** The one function that knows the life of an item. Every workflow that makes images calls it. */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { AcceptedJob, CompletedJob } from './domain/activity-contract';
import { activityProblem } from './domain/application-failure';
import type { CodeCounts, Item, ItemProgress, ItemReport, ItemState } from './domain/item';
import { CANCELLED_BY_REQUEST, type ItemEnd, nextStep, type SubmissionEnd } from './domain/item-life';
import {
  accepted,
  begun,
  closed,
  type ItemRecord,
  NEW_RECORD,
  opened,
  progressOf,
  reportOf,
} from './domain/item-record';
import { awaitJob, submitJob } from './image-activities';
import type { Permits } from './permits';

/** Called whenever the item's progress has changed, with all that is remembered of it. */
export type Observe = (progress: ItemProgress, record: ItemRecord) => void;

export interface Surroundings {
  readonly observe: Observe;
  readonly permits: Permits;
  /** What is remembered of an item that was begun in an earlier run. */
  readonly record?: ItemRecord;
}

/**
 * Submits, awaits, and resubmits by the failure table until the item has an outcome. Never throws for a failure of
 * the provider or for a cancellation: both are outcomes.
 */
export async function runImageJob(item: Item, surroundings: Surroundings): Promise<ItemReport> {
  const { observe, permits } = surroundings;
  let record = surroundings.record ?? NEW_RECORD;
  const show = (state: ItemState, nextRetryAt: string | null = null) =>
    observe(progressOf(record, state, nextRetryAt), record);
  const finish = (end: ItemEnd, job: CompletedJob | null) => {
    show('ended');
    return reportOf(record, end, job);
  };
  for (;;) {
    if ((await permits.acquire(record.submissions.length > 0)) === 'stopped') return finish(CANCELLED_BY_REQUEST, null);
    const { deadlineAt } = begun(record, Date.now(), item.deadlineMs);
    record = opened({ ...record, deadlineAt });
    show('submitting');
    const end = await runSubmission({ ...item, deadlineAt }, record, permits.stopped, (job) => {
      record = accepted(record, job);
      show('awaiting');
      return record.met;
    });
    permits.release();
    record = closed(record, end);
    const step = nextStep(end, deadlineAt - Date.now());
    if (step.next === 'end') return finish(step, end.kind === 'completed' ? end.job : null);
    show('waiting-to-retry', new Date(Date.now() + step.delayMs).toISOString());
    const waited = await waitOrStop(step.delayMs, `${item.key} · again after ${step.code}`, permits.stopped);
    if (!waited) return finish(CANCELLED_BY_REQUEST, null);
  }
}

/** One paid POST and what comes of it. */
async function runSubmission(
  item: Item & { readonly deadlineAt: number },
  record: ItemRecord,
  stopped: Promise<void> | null,
  onAccepted: (job: AcceptedJob) => CodeCounts,
): Promise<SubmissionEnd> {
  const { key, operation, source, folder, deadlineAt, jobTimeBudgetMs } = item;
  let job: AcceptedJob;
  // A refused POST is tried again by the server, which must not go on once nothing may be submitted any more; a POST
  // under way is waited for, since its job is paid.
  const posting = new CancellationScope();
  void stopped?.then(() => posting.cancel());
  try {
    const input = { key, operation, submission: record.submissions.length, ...source, deadlineAt, met: record.met };
    job = await posting.run(() => submitJob(input));
  } catch (error) {
    return submitEnd(error);
  }
  const met = onAccepted(job);
  try {
    return {
      kind: 'completed',
      job: await awaitJob({ key, operation, ...source, folder, job, deadlineAt, jobTimeBudgetMs, met }),
    };
  } catch (error) {
    return awaitEnd(error);
  }
}

/** A timeout of a POST that had begun leaves its outcome unknown; one that never began was not sent. */
function submitEnd(error: unknown): SubmissionEnd {
  const problem = activityProblem(error);
  if (problem.kind === 'other') return { kind: 'broken', message: problem.message };
  if (problem.kind !== 'timeout') return problem;
  const neverBegan = problem.timeoutType === 'SCHEDULE_TO_CLOSE' || problem.timeoutType === 'SCHEDULE_TO_START';
  return neverBegan ? { kind: 'out-of-time' } : { kind: 'lost', seen: `timeout ${problem.timeoutType}` };
}

function awaitEnd(error: unknown): SubmissionEnd {
  const problem = activityProblem(error);
  if (problem.kind === 'timeout') return { kind: 'out-of-time' };
  return problem.kind === 'other' ? { kind: 'broken', message: problem.message } : problem;
}

/** Whether the wait came to its end, rather than being cancelled or cut short because nothing may be submitted again. */
async function waitOrStop(delayMs: number, summary: string, stopped: Promise<void> | null): Promise<boolean> {
  const timer = new CancellationScope();
  try {
    const slept = timer.run(() => sleep(delayMs, { summary })).then(() => true);
    if (stopped === null) return await slept;
    return await Promise.race([slept, stopped.then(() => false)]);
  } catch (error) {
    if (isCancellation(error)) return false;
    throw error;
  } finally {
    timer.cancel();
  }
}
