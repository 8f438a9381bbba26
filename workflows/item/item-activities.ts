/** Item activities as workflows call them: with policies from the failure table and a summary for Temporal UI. */
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import { awaitRetryPolicy, governedSubmitRetryPolicy, submitRetryPolicy } from '../domain/failures/policies';
import type {
  AwaitJobInput,
  ItemActivities,
  LostSubmission,
  OpenedSteps,
  OpenStepsInput,
  Queued,
  SubmitJobInput,
} from '../domain/item/activity-contract';
import type { AcceptedJob, CompletedJob } from '../domain/item/item';
import { nameStep } from '../domain/item/item-name';
import { HEARTBEAT_MS } from '../domain/item/lost-attempt';
import type { PermitPolicy, SubmitTerms } from '../domain/item/permits';

/**
 * Timeout of one attempt, in ms: permit and row (at most 30 s each), the longest POST (60 s) and its report. The
 * activity's own limits therefore apply first and give a precise error.
 */
const SUBMIT_ATTEMPT_MS = 150_000;
/** Timeout of one look for a job in the store, and of all of them while the store is away, in ms. */
const LOOK_MS = 20_000;
const MAX_LOOK_MS = 120_000;

/** Timeout of one search for finished steps, whose files are read, and the longest interval between two, in ms. */
const OPEN_MS = 5 * 60_000;
const MAX_OPEN_INTERVAL_MS = 30_000;

const submitOptions = {
  startToCloseTimeout: SUBMIT_ATTEMPT_MS,
  heartbeatTimeout: HEARTBEAT_MS,
  retry: submitRetryPolicy(),
  // A cancellation does not interrupt a POST, because its job must become known.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

const awaitOptions = {
  heartbeatTimeout: HEARTBEAT_MS,
  retry: awaitRetryPolicy(),
  cancellationType: ActivityCancellationType.TRY_CANCEL,
};

const activities = proxyActivities<ItemActivities>(submitOptions);

/**
 * Activities check the deadline themselves and start no POST after it. The server's timeout is one attempt later, so no
 * POST can be in flight when it strikes.
 */
export function serverLimitMs(deadlineAt: number): number {
  return Math.max(1_000, deadlineAt - Date.now()) + SUBMIT_ATTEMPT_MS + HEARTBEAT_MS;
}

const RETRIES: Readonly<Record<PermitPolicy['retriedBy'], typeof submitOptions.retry>> = {
  permits: governedSubmitRetryPolicy(),
  server: submitRetryPolicy(),
};

/** How an item's activities are run: by its own workflow, or by a child for each submission. */
export interface ItemCalls {
  /** @param read input of the `awaitJob` that follows, without the job */
  submitJob(
    input: SubmitJobInput,
    terms: SubmitTerms,
    retriedBy: PermitPolicy['retriedBy'],
    read: Omit<AwaitJobInput, 'job'>,
  ): Promise<AcceptedJob | Queued>;
  awaitJob(input: AwaitJobInput): Promise<CompletedJob>;
}

function submitJob(
  input: SubmitJobInput,
  { waitMs, isProbe, ask }: SubmitTerms,
  retriedBy: PermitPolicy['retriedBy'],
): Promise<AcceptedJob | Queued> {
  const limitMs = serverLimitMs(input.deadlineAt) + waitMs;
  const limits = { startToCloseTimeout: SUBMIT_ATTEMPT_MS + waitMs, scheduleToCloseTimeout: limitMs };
  const summary = `${nameStep(input)} · submission ${input.submission}`;
  return activities.submitJob.executeWithOptions({ ...submitOptions, ...limits, retry: RETRIES[retriedBy], summary }, [
    {
      ...input,
      ...(retriedBy === 'permits' ? { isGoverned: true as const } : {}),
      ...(isProbe ? { isProbe: true as const } : {}),
      ...(waitMs > 0 ? { waitMs } : {}),
      ...(ask === null ? {} : { ask }),
    },
  ]);
}

function awaitJob(input: AwaitJobInput): Promise<CompletedJob> {
  const limitMs = serverLimitMs(input.deadlineAt);
  // Set explicitly: the default timeout of an attempt is that of a POST, and a job may take far longer.
  const limits = { ...awaitOptions, scheduleToCloseTimeout: limitMs, startToCloseTimeout: limitMs };
  return activities.awaitJob.executeWithOptions({ ...limits, summary: `${nameStep(input)} · ${input.job.jobId}` }, [
    input,
  ]);
}

/** Never throws: a store that cannot be read knows no job. */
export async function findUnreportedJob(lost: LostSubmission): Promise<string | null> {
  const limits = {
    startToCloseTimeout: LOOK_MS,
    scheduleToCloseTimeout: MAX_LOOK_MS,
    retry: { maximumInterval: 10_000 },
  };
  const summary = `${lost.key} · job of submission ${lost.submission}`;
  try {
    return await activities.findUnreportedJob.executeWithOptions({ ...limits, summary }, [lost]);
  } catch {
    // Also a cancellation, which the caller's next step handles.
    return null;
  }
}

/** Retried until the store can be read, or the scope is cancelled. */
export function openSteps(input: OpenStepsInput): Promise<OpenedSteps> {
  const retry = { maximumInterval: MAX_OPEN_INTERVAL_MS };
  const limits = { startToCloseTimeout: OPEN_MS, heartbeatTimeout: HEARTBEAT_MS, retry };
  return activities.openSteps.executeWithOptions({ ...limits, summary: `${input.key} · finished steps` }, [input]);
}

export const ITEM_ACTIVITIES: ItemCalls = { submitJob, awaitJob };
