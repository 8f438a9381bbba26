/** Sends the paid request of an item. */
import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { SubmitHeartbeat } from '../domain/item/activity-contract';
import { classifyActivityError } from '../domain/item/application-failure';
import type { SubmissionEnd } from '../domain/item/decide-next';
import type { AcceptedJob, Item } from '../domain/item/item';
import type { StartedRecord } from '../domain/item/item-record';
import type { SubmitTerms } from '../domain/item/permits';
import { buildReadInput } from './collect-job';
import { ITEM_ACTIVITIES } from './item-activities';
import type { ItemContext } from './item-context';

/** Sends one POST. It is revoked if it is unsent when submissions stop. */
export async function postItem(
  item: Item,
  context: ItemContext,
  record: StartedRecord,
  terms: SubmitTerms,
): Promise<AcceptedJob | SubmissionEnd> {
  const { permits, journal, calls: itemCalls = ITEM_ACTIVITIES } = context;
  const { key, operation, source } = item;
  const { deadlineAt, met, submissions, calls } = record;
  const kept = journal === undefined ? {} : { journal: { ...journal, call: calls } };
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
  const run = workflowInfo().firstExecutionRunId;
  const input = { key, operation, ...source, run, deadlineAt, met, submission: submissions.length, ...kept };
  try {
    const read = buildReadInput(item, context, { record, isReleasedEarly: false, isTakenOver: false });
    const answer = await posting.run(() => itemCalls.submitJob(input, terms, permits.policy.retriedBy, read));
    if (!('queued' in answer)) return answer;
    const { askAgainMs, refusals } = answer;
    return { kind: 'queued', askAgainMs, refusals };
  } catch (error) {
    const end = toSubmitEnd(error, permits.isOver);
    return end.kind === 'cancelled' && !isRevoked ? { ...end, byRequest: true } : end;
  } finally {
    isPosting = false;
  }
}

/**
 * A timeout of a POST that had begun leaves its outcome unknown; one that never began was not sent. It is not known whether
 * a workflow that was terminated expected a callback, so one is waited for unless submissions are over.
 */
function toSubmitEnd(error: unknown, isOver: boolean): SubmissionEnd {
  const problem = classifyActivityError(error);
  if (problem.kind === 'cancelled') return { kind: 'cancelled', origin: 'submit' };
  if (problem.kind === 'other') return { kind: 'broken', origin: 'submit', message: problem.message };
  if (problem.kind === 'terminated') return { kind: 'lost', expectsCallback: !isOver, message: problem.message };
  if (problem.kind !== 'timeout') return problem;
  const { timeoutType, isStarted } = problem;
  // By the server's information and not by time: a worker with a slow clock may send after our deadline.
  const neverBegan = !isStarted && (timeoutType === 'SCHEDULE_TO_CLOSE' || timeoutType === 'SCHEDULE_TO_START');
  if (neverBegan) return { kind: 'out-of-time', origin: 'submit' };
  const heartbeat = problem.heartbeat as SubmitHeartbeat | undefined;
  return {
    kind: 'lost',
    expectsCallback: heartbeat?.expectsCallback === true,
    message: describeLostWorker(timeoutType),
  };
}

function describeLostWorker(timeoutType: string): string {
  return `The worker was lost while it sent the request (timeout ${timeoutType}).`;
}
