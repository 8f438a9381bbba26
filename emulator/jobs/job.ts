import type { JobRequest } from '../endpoints/job-request';

/** The published states of a job. */
export type JobStatus = 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled';

interface CompletedEnd {
  readonly status: 'completed';
  readonly withUrl: boolean;
}

export interface FailedEnd {
  readonly status: 'failed' | 'cancelled';
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean | null;
}

export type JobEnd = CompletedEnd | FailedEnd;

/**
 * A job's whole life, decided when it is accepted and computed from the clock afterwards. After a restart it continues
 * exactly at the current time.
 */
export interface JobPlan {
  /** `null` if the job ends without being processed. */
  readonly startsAt: number | null;
  /** `null` if it never ends. */
  readonly endsAt: number | null;
  readonly end: JobEnd;
}

/** An accepted job; times in epoch milliseconds. */
export interface Job {
  readonly id: string;
  readonly key: string;
  readonly endpoint: string;
  readonly operation: string;
  readonly bodySha256: string;
  readonly request: JobRequest;
  /** The seed drawn for a request without one. */
  readonly drawnSeed: number;
  readonly acceptedAt: number;
  readonly plan: JobPlan;
  /** Whether it counts as in flight. */
  readonly holdsPlace: boolean;
  /** Credits reserved for it and released if it does not complete; `null` if the account's credits are unlimited. */
  readonly reserved: number | null;
}

export function statusAt(job: Job, now: number): JobStatus {
  const { startsAt, endsAt, end } = job.plan;
  if (endsAt !== null && now >= endsAt) return end.status;
  return startsAt !== null && now >= startsAt ? 'processing' : 'queued';
}

export function hasEnded(job: Job, now: number): boolean {
  return job.plan.endsAt !== null && now >= job.plan.endsAt;
}
