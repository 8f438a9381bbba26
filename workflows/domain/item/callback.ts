/**
 * The provider's callback, as received by a workflow. It is a hint that a read is worthwhile, and may name the job of a
 * submission whose answer was lost. Status and result are always read with our own key.
 */
import type { AcceptedJob } from './item';

/** Multiple of the usual job time after which a job is read without a callback, which may be lost. */
const PATIENCE = 3;
const MIN_PATIENCE_MS = 30_000;

/**
 * How long to wait for a job's callback, in ms: by the longer of the provider's estimate and the usual time of such
 * jobs. After that the job is polled, and its callback saves nothing.
 *
 * @param typicalMs used without an estimate
 */
export function computeCallbackPatienceMs(
  { estimatedMs, usualMs = 0 }: Pick<AcceptedJob, 'estimatedMs' | 'usualMs'>,
  typicalMs: number,
): number {
  return Math.max(MIN_PATIENCE_MS, PATIENCE * Math.max(estimatedMs ?? typicalMs, usualMs));
}

/** Sent to the workflow named in the claim of the callback's token. */
export const JOB_CALLBACK_SIGNAL = 'jobCallback';

/** Argument of the signal. */
export interface JobCallback {
  /** First run of the workflow that requested the callback, from the token; other runs ignore it. */
  readonly run: string;
  /** Key of the item. */
  readonly key: string;
  /** Number of the item's submission, from 1. */
  readonly submission: number;
  /** From the callback's body, at most 200 characters; `null` if unreadable. */
  readonly jobId: string | null;
  /** From the callback's body, in lower case, for example `completed`; `null` if unreadable. */
  readonly status: string | null;
}

const FINAL_STATUSES: ReadonlySet<string | null> = new Set(['completed', 'failed', 'cancelled']);

/** Whether a callback reports the job's end. Any other callback is only a reason to read. */
export function saysEnded({ status }: Pick<JobCallback, 'status'>): boolean {
  return FINAL_STATUSES.has(status);
}

/** Merges two callbacks of a submission. The first job id counts: a later one can only repeat or contradict it. */
export function mergeCallbacks(earlier: JobCallback, later: JobCallback): JobCallback {
  const { jobId, status } = earlier;
  return { ...later, jobId: jobId ?? later.jobId, status: saysEnded(earlier) ? status : later.status };
}

/** Identifies the addressee of a callback; carried and proven by the token in its URL. */
export interface CallbackClaim {
  readonly workflowId: string;
  /** First execution run id of the workflow: the same across continue-as-new. */
  readonly run: string;
  /** Key of the item. */
  readonly key: string;
  /** Number of the item's submission, from 1. */
  readonly submission: number;
}
