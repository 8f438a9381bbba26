import { createHash } from 'node:crypto';
import type { FailedEnd, Job } from '../jobs/job';
import type { ResultFile } from '../media/results';

interface EventHead {
  readonly job_id: string;
  readonly user_id: string;
  /** Time of the event, in Unix seconds. */
  readonly timestamp: number;
}

/** Sent when a job has completed. */
export interface CompletedEvent extends EventHead {
  readonly status: 'completed';
  readonly result_url: string | null;
  readonly result_mime_type: string;
  readonly result_size_bytes: number;
}

/** The published schema and the error page differ about the last two fields; this follows the error page. */
export interface FailedEvent extends EventHead {
  readonly status: 'failed';
  readonly error: string;
  readonly failure_reason_code: string;
  readonly retryable: boolean | null;
}

/** The body of a callback. */
export type WebhookEvent = CompletedEvent | FailedEvent;

export const EXAMPLE_EVENT: WebhookEvent = {
  job_id: 'job_a1b2c3',
  user_id: 'usr_4a5b6c',
  status: 'completed',
  result_url: 'https://cdn.imagepipeline.io/o/job_a1b2c3.webp',
  result_mime_type: 'image/webp',
  result_size_bytes: 214_672,
  timestamp: 1_747_100_000,
};

export function completedEvent(
  job: Job,
  { mimeType }: ResultFile,
  url: string | null,
  sizeBytes: number,
  now: number,
): CompletedEvent {
  return {
    ...head(job, now),
    status: 'completed',
    result_url: url,
    result_mime_type: mimeType,
    result_size_bytes: sizeBytes,
  };
}

export function failedEvent(job: Job, { message, code, retryable }: FailedEnd, now: number): FailedEvent {
  return { ...head(job, now), status: 'failed', error: message, failure_reason_code: code, retryable };
}

function head(job: Job, now: number): EventHead {
  const user = createHash('sha256').update(job.key).digest('hex').slice(0, 12);
  return { job_id: job.id, user_id: `usr_${user}`, timestamp: now / 1_000 };
}
