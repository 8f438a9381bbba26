/** Sends the paid request of an item. */
import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { LostSubmission, SubmitJobInput, UploadedInputs } from '../domain/item/activity-contract';
import { type ActivityProblem, classifyActivityError } from '../domain/item/application-failure';
import { mayGetCallback, type SubmissionEnd } from '../domain/item/decide-next';
import type { AcceptedJob, ItemStep } from '../domain/item/item';
import { countSubmissions, type ItemRecord, type StartedRecord } from '../domain/item/item-record';
import { judgeLostAttempt, MAX_LATE_ANSWER_MS } from '../domain/item/lost-attempt';
import type { SubmitTerms } from '../domain/item/permits';
import { buildReadInput } from './collect-job';
import { findUnreportedJob, ITEM_ACTIVITIES } from './item-activities';
import type { ItemContext } from './item-context';
import { toUploadEnd, uploadItem } from './upload-item';

/** The answer to a submission, and when the newest upload was made that it found; `null` if it used none. */
interface PostedItem {
  readonly answer: AcceptedJob | SubmissionEnd;
  readonly rememberedUpload: number | null;
}

/**
 * Uploads the item's files, then sends one POST. It is revoked if it is unsent when submissions stop.
 *
 * @param uploaded the files, if they are uploaded
 */
export async function postItem(
  item: ItemStep,
  context: ItemContext,
  record: StartedRecord,
  terms: SubmitTerms,
  uploaded: Pick<UploadedInputs, 'rememberedAt'> | null,
): Promise<PostedItem> {
  const { permits, calls: itemCalls = ITEM_ACTIVITIES } = context;
  let rememberedUpload = uploaded?.rememberedAt ?? null;
  // Waits for a POST in flight, because its job is paid.
  const posting = new CancellationScope();
  let isPosting = true;
  let isRevoked = false;
  void permits.revoked?.then(() => {
    // Once the job is accepted, nothing is to be revoked, but the item's own workflow would still receive a cancellation.
    if (!isPosting) return;
    isRevoked = true;
    posting.cancel();
  });
  let isUploading = item.hasFiles === true && uploaded === null;
  try {
    if (isUploading) {
      const made = await posting.run(() => uploadItem(item, record, terms.ask, permits.policy));
      rememberedUpload = made.rememberedAt;
      isUploading = false;
    }
    const input = buildSubmitInput(item, context, record);
    const read = buildReadInput(item, context, {
      record,
      isReleasedEarly: false,
      mayReleaseEarly: permits.shared !== null,
      isTakenOver: false,
    });
    const answer = await posting.run(() => itemCalls.submitJob(input, terms, permits.policy.retriedBy, read));
    if (!('queued' in answer)) return { answer, rememberedUpload };
    const { queued: _always, ...queued } = answer;
    return { answer: { kind: 'queued', ...queued }, rememberedUpload };
  } catch (error) {
    const end = isUploading ? toUploadEnd(error) : toSubmitEnd(error, permits.isOver, record.deadlineAt);
    const jobId = end.kind === 'lost' ? await findUnreportedJob(nameSubmission(item, context, record)) : null;
    if (jobId !== null) {
      const callback = mayGetCallback(end) ? { expectsCallback: true as const } : {};
      return { answer: { jobId, estimatedMs: null, refusals: {}, ...callback }, rememberedUpload };
    }
    return { answer: end.kind === 'cancelled' && !isRevoked ? { ...end, byRequest: true } : end, rememberedUpload };
  } finally {
    isPosting = false;
  }
}

function buildSubmitInput(item: ItemStep, context: ItemContext, record: StartedRecord): SubmitJobInput {
  const { operation, source } = item;
  const { deadlineAt, met } = record;
  return { ...nameSubmission(item, context, record), operation, ...source, deadlineAt, met };
}

/** The newest submission of an item, as the store knows it. */
export function nameSubmission(
  { key, source: { row } }: ItemStep,
  { journal }: ItemContext,
  record: Pick<ItemRecord, 'finished' | 'submissions' | 'calls'>,
): LostSubmission {
  return {
    key,
    run: workflowInfo().firstExecutionRunId,
    submission: countSubmissions(record),
    ...(row === undefined ? {} : { row }),
    ...(journal === undefined ? {} : { journal: { ...journal, call: record.calls } }),
  };
}

function toSubmitEnd(error: unknown, isOver: boolean, deadlineAt: number): SubmissionEnd {
  const problem = classifyActivityError(error);
  if (problem.kind !== 'timeout') return toProblemEnd(problem, isOver);
  const end = judgeLostAttempt(problem, Date.now() >= deadlineAt);
  // Nothing is submitted any more; the store keeps a late answer for a redrive.
  return end.kind === 'lost' && isOver ? { ...end, lateAnswerMs: 0 } : end;
}

/** It is not known whether a workflow that was terminated, or an activity that was failed, expected a callback, so one is awaited unless submissions are over. */
function toProblemEnd(problem: Exclude<ActivityProblem, { kind: 'timeout' }>, isOver: boolean): SubmissionEnd {
  if (problem.kind === 'cancelled') return { kind: 'cancelled', origin: 'submit' };
  if (problem.kind === 'other') return { kind: 'broken', origin: 'submit', message: problem.message };
  if (problem.kind !== 'foreign' && problem.kind !== 'terminated') return problem;
  const message = problem.kind === 'foreign' ? describeForeign(problem) : problem.message;
  return { kind: 'lost', expectsCallback: !isOver, lateAnswerMs: isOver ? 0 : MAX_LATE_ANSWER_MS, message };
}

function describeForeign({ message }: { readonly message: string }): string {
  return `The activity was ended from outside; it may have sent the request. ${message}`.trim();
}

/** The job of a submission whose answer was lost. */
interface FoundJob {
  readonly jobId: string | null;
  /** Whether only a callback named it. */
  readonly isClaimed?: true;
}

/** Waits for a callback that names the job, and looks once for one that its worker could not report. */
export async function findLostJob(step: ItemStep, context: ItemContext, record: ItemRecord): Promise<FoundJob> {
  const { callbackDeadline, lookForJobAt } = record;
  const number = countSubmissions(record);
  const waitUntil = async (time: number | null) => {
    const jobId = await context.callbacks.waitForJob(step.key, number, (time ?? 0) - Date.now());
    return { jobId, isClaimed: true as const };
  };
  if (lookForJobAt === null) return waitUntil(callbackDeadline);
  const named = await waitUntil(lookForJobAt);
  if (named.jobId !== null) return named;
  const jobId = await findUnreportedJob(nameSubmission(step, context, record));
  return jobId === null ? waitUntil(callbackDeadline) : { jobId };
}
