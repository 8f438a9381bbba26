/** Uploads the files of an item before its submission. */
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import { governedSubmitRetryPolicy, submitRetryPolicy, uploadRetryPolicy } from '../domain/failures/policies';
import type { ItemActivities, UploadedInputs, UploadInputsInput } from '../domain/item/activity-contract';
import { classifyActivityError } from '../domain/item/application-failure';
import type { SubmissionEnd } from '../domain/item/decide-next';
import type { ItemStep } from '../domain/item/item';
import { nameStep } from '../domain/item/item-name';
import type { StartedRecord } from '../domain/item/item-record';
import { HEARTBEAT_MS } from '../domain/item/lost-attempt';
import type { PermitPolicy, SubmitTerms } from '../domain/item/permits';
import { serverLimitMs } from './item-activities';

/** Timeout of one attempt, in ms: several large files on a slow line. */
const UPLOAD_ATTEMPT_MS = 10 * 60_000;

const activities = proxyActivities<Pick<ItemActivities, 'uploadInputs'>>({
  startToCloseTimeout: UPLOAD_ATTEMPT_MS,
  heartbeatTimeout: HEARTBEAT_MS,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
});

const RETRIES: Readonly<Record<PermitPolicy['retriedBy'], ReturnType<typeof uploadRetryPolicy>>> = {
  permits: uploadRetryPolicy(governedSubmitRetryPolicy()),
  server: uploadRetryPolicy(submitRetryPolicy()),
};

/** @param ask terms on which a single item requests its permit; `null` if it needs none */
export function uploadItem(
  step: ItemStep,
  { deadlineAt, met, uploadsNewerThan }: StartedRecord,
  ask: SubmitTerms['ask'],
  { retriedBy, account, isGoverned }: PermitPolicy,
): Promise<UploadedInputs> {
  const { key, operation, source } = step;
  // A granted permit is not returned by the report of an upload.
  const isReported = account !== null && ask !== null && !ask.isGranted;
  const input: UploadInputsInput = {
    ...{ key, operation, ...source, deadlineAt, met },
    ...(uploadsNewerThan === null ? {} : { newerThan: uploadsNewerThan }),
    ...(retriedBy === 'permits' ? { isGoverned: true as const } : {}),
    ...(isReported ? { account, waitsWhileHeld: isGoverned } : {}),
  };
  const limits = { scheduleToCloseTimeout: serverLimitMs(deadlineAt), retry: RETRIES[retriedBy] };
  return activities.uploadInputs.executeWithOptions({ ...limits, summary: `${nameStep(step)} · upload` }, [input]);
}

/** How a submission ends whose upload failed: nothing can have been accepted. */
export function toUploadEnd(error: unknown): SubmissionEnd {
  const problem = classifyActivityError(error);
  if (problem.kind === 'timeout') return { kind: 'out-of-time', origin: 'submit' };
  if (problem.kind === 'cancelled' || problem.kind === 'terminated') return { kind: 'cancelled', origin: 'submit' };
  if (problem.kind !== 'foreign' && problem.kind !== 'other') return problem;
  return { kind: 'broken', origin: 'submit', message: problem.message };
}
