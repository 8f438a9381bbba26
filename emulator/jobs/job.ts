import type { ImageRequest } from '../endpoints/image-request';

/** The states of a job, as published. */
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
 * A job's whole life, decided when it is accepted and computed from the clock ever after.
 * A restart that reads it back therefore goes on exactly where time has got to.
 */
export interface JobPlan {
  /** `null`: the job ends without having been processed. */
  readonly startsAt: number | null;
  /** `null`: never. */
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
  readonly request: ImageRequest;
  /** The seed that was drawn if the caller left it open. */
  readonly drawnSeed: number;
  readonly acceptedAt: number;
  readonly plan: JobPlan;
  /** Whether it counts as in flight. */
  readonly holdsPlace: boolean;
  /** Credits set aside for it, and given back if it does not complete; `null`: the account had no end of them. */
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
