/** The activities as workflows call them: with policies from the failure table and a summary for Temporal UI. */
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import { awaitRetryPolicy, governedSubmitRetryPolicy, submitRetryPolicy } from '../domain/failures/policies';
import type { AwaitJobInput, ItemActivities, Queued, SubmitJobInput } from '../domain/item/activity-contract';
import type { AcceptedJob, CompletedJob } from '../domain/item/item';
import type { SubmitTerms } from '../domain/item/permits';

/**
 * For the permit and the row (30 s each at most), the longest POST that an activity allows itself (60 s) and its report,
 * so that the activity's own limits speak first and say what they saw.
 */
const SUBMIT_ATTEMPT_MS = 150_000;
/** A dead worker is noticed after this time; a busy one beats several times within it. */
const HEARTBEAT_MS = 15_000;

const submitOptions = {
  startToCloseTimeout: SUBMIT_ATTEMPT_MS,
  heartbeatTimeout: HEARTBEAT_MS,
  retry: submitRetryPolicy(),
  // A POST under way is not called back by a cancellation: we want to know the job that it made.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

const awaitOptions = {
  heartbeatTimeout: HEARTBEAT_MS,
  retry: awaitRetryPolicy(),
  cancellationType: ActivityCancellationType.TRY_CANCEL,
};

const activities = proxyActivities<ItemActivities>(submitOptions);

/**
 * Activities keep the deadline themselves and begin no POST after it, so the server's limit lies one attempt later:
 * when it strikes, no POST can be under way.
 */
function serverLimitMs(deadlineAt: number): number {
  return Math.max(1_000, deadlineAt - Date.now()) + SUBMIT_ATTEMPT_MS + HEARTBEAT_MS;
}

const RETRIES: Readonly<Record<SubmitTerms['retriedBy'], typeof submitOptions.retry>> = {
  permits: governedSubmitRetryPolicy(),
  server: submitRetryPolicy(),
};

export function submitJob(input: SubmitJobInput, terms: SubmitTerms): Promise<AcceptedJob | Queued> {
  const { waitMs, retriedBy, ask } = terms;
  const limitMs = serverLimitMs(input.deadlineAt) + waitMs;
  const limits = { startToCloseTimeout: SUBMIT_ATTEMPT_MS + waitMs, scheduleToCloseTimeout: limitMs };
  const summary = `${input.key} · submission ${input.submission}`;
  return activities.submitJob.executeWithOptions({ ...submitOptions, ...limits, retry: RETRIES[retriedBy], summary }, [
    {
      ...input,
      ...(retriedBy === 'permits' ? { isGoverned: true as const } : {}),
      ...(terms.isProbe ? { isProbe: true as const } : {}),
      ...(waitMs > 0 ? { waitMs } : {}),
      ...(ask === null ? {} : { ask }),
    },
  ]);
}

export function awaitJob(input: AwaitJobInput): Promise<CompletedJob> {
  const limitMs = serverLimitMs(input.deadlineAt);
  // Unless it is named here, the limit of an attempt is that of a POST, and a job may take far longer.
  const limits = { ...awaitOptions, scheduleToCloseTimeout: limitMs, startToCloseTimeout: limitMs };
  return activities.awaitJob.executeWithOptions({ ...limits, summary: `${input.key} · ${input.job.jobId}` }, [input]);
}
