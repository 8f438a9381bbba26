/**
 * What a callback of the provider tells a workflow. It is a hint: it says that reading is worth while, and of a
 * submission whose answer was lost it may say the job. Status and result are always read with our own key.
 */
import type { AcceptedJob } from './item';

/** Without a callback a job is looked after when such jobs have long ended: a callback may be lost. */
const PATIENCE = 3;
const MIN_PATIENCE_MS = 30_000;

/**
 * How long the callback of a job is waited for, in ms. By whichever is longer, what the provider estimates or what such
 * jobs have taken: from then on the job is read again and again, and its callback saves nothing any more.
 *
 * @param typicalMs stands in for an estimate
 */
export function computeCallbackPatienceMs(
  { estimatedMs, usualMs = 0 }: Pick<AcceptedJob, 'estimatedMs' | 'usualMs'>,
  typicalMs: number,
): number {
  return Math.max(MIN_PATIENCE_MS, PATIENCE * Math.max(estimatedMs ?? typicalMs, usualMs));
}

/** Sent to the workflow that is named by the claim of the callback's token. */
export const JOB_CALLBACK_SIGNAL = 'jobCallback';

/** The single argument of the signal. */
export interface JobCallback {
  /** First run of the workflow that asked for it, as the token says: callbacks of other runs tell this one nothing. */
  readonly run: string;
  /** Of the item. */
  readonly key: string;
  /** Number of the item's submission, from 1. */
  readonly submission: number;
  /** As the callback says, at most 200 characters; `null` if it was unreadable. */
  readonly jobId: string | null;
  /** As the callback says, in lower case, for instance `completed`; `null` if it was unreadable. */
  readonly status: string | null;
}

const FINAL_STATUSES: ReadonlySet<string | null> = new Set(['completed', 'failed', 'cancelled']);

/** Whether a callback says that the job has ended. Every other one is no more than a reason to look. */
export function saysEnded({ status }: Pick<JobCallback, 'status'>): boolean {
  return FINAL_STATUSES.has(status);
}

/** What two callbacks of a submission say together. The first that names a job counts: a later one can only repeat it, or lie. */
export function mergeCallbacks(earlier: JobCallback, later: JobCallback): JobCallback {
  const { jobId, status } = earlier;
  return { ...later, jobId: jobId ?? later.jobId, status: saysEnded(earlier) ? status : later.status };
}

/** For whom a callback is; carried and proven by the token in its address. */
export interface CallbackClaim {
  readonly workflowId: string;
  /** Run id of the first run of the workflow: the same for all that it continues as new. */
  readonly run: string;
  /** Of the item. */
  readonly key: string;
  /** Number of the item's submission, from 1. */
  readonly submission: number;
}
