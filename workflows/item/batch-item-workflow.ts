/** One submission of an item of a batch as a workflow, so that it is a row in Temporal UI. Its page decides everything. */

import { CancellationScope, setHandler, workflowInfo } from '@temporalio/workflow';
import { addCounts } from '../domain/base/counts';
import { BATCH_ITEM_INPUT_CHECKS, findInputProblems, type InputChecks } from '../domain/batch/input-checks';
import type { Queued } from '../domain/item/activity-contract';
import { refuseProblems } from '../domain/item/application-failure';
import { computeCallbackPatienceMs, saysEnded } from '../domain/item/callback';
import type { AcceptedJob, CompletedJob } from '../domain/item/item';
import { getOperationRow } from '../domain/operations/operations';
import { type BatchItemInput, jobAcceptedSignal, jobCallbackSignal } from '../messages';
import { trySignal } from '../temporal/try-signal';
import { CallbackInbox } from './callback-inbox';
import { ITEM_ACTIVITIES } from './item-activities';

/** One check per field; the type makes the list complete. */
const CHECKS: Readonly<Record<keyof BatchItemInput, InputChecks[string]>> = BATCH_ITEM_INPUT_CHECKS;

/**
 * Submits and reads a job by the page's terms, and fails as the activity failed. Returns at once if nothing was sent because
 * the item needs an upload first. A cancellation revokes a POST that is not sent; an accepted job is paid, so it is collected.
 */
export async function imagePipelineBatchItem(input: BatchItemInput): Promise<CompletedJob | Queued> {
  refuseProblems(findInputProblems(CHECKS, input));
  const { submit, terms, read } = input;
  const callbacks = new CallbackInbox(submit.run);
  setHandler(jobCallbackSignal, (callback) => callbacks.receive(callback), {
    description: 'From the page: the callback of the job',
  });
  const answer = await ITEM_ACTIVITIES.submitJob(submit, terms, 'permits', read);
  if ('queued' in answer) return answer;
  return CancellationScope.nonCancellable(async () => {
    const job = { ...answer, acceptedAt: Date.now() };
    await reportAcceptance(submit.key, answer);
    const met = addCounts(read.met, answer.refusals);
    const hasCallback = answer.expectsCallback === true && (await isReportedAsEnded(callbacks, input, answer));
    return ITEM_ACTIVITIES.awaitJob({ ...read, job, met, hasCallback });
  });
}

/** Waits for a callback, or until a read is worthwhile. */
async function isReportedAsEnded(callbacks: CallbackInbox, { submit }: BatchItemInput, job: AcceptedJob) {
  const patienceMs = computeCallbackPatienceMs(job, getOperationRow(submit.operation).typicalMs);
  const callback = await callbacks.waitFor(submit.key, submit.submission, patienceMs);
  return callback !== null && saysEnded(callback);
}

/** A page that is gone needs no message; the result is stored anyway. */
async function reportAcceptance(key: string, job: AcceptedJob): Promise<void> {
  const { parent } = workflowInfo();
  if (parent !== undefined) await trySignal(parent.workflowId, jobAcceptedSignal, { key, job });
}
