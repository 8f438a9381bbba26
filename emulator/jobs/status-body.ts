import { createHash } from 'node:crypto';
import { listResults, type Role } from '../media/results';
import { hasEnded, type Job, type JobStatus, statusAt } from './job';

/** The published status body: every field is present, `null` if it does not apply. */
export interface JobStatusResponse {
  readonly job_id: string;
  readonly status: JobStatus;
  readonly endpoint: string;
  readonly progress: number;
  readonly result_url: string | null;
  /** Only of operations that cut out. */
  readonly cutout_url?: string | null;
  readonly result_mime_type: string | null;
  readonly queued_at: string;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly charged_at: string | null;
  readonly queue_wait_seconds: number | null;
  readonly inference_time_seconds: number | null;
  readonly total_elapsed_seconds: number | null;
  readonly queue_position: number | null;
  readonly error: string | null;
  readonly failure_reason_code: string | null;
  readonly retryable: boolean | null;
  readonly warnings: readonly string[];
  readonly prompt_hash: string;
  readonly credits_charged: boolean;
  readonly credits_amount: number;
}

/** @param linkTo creates a fresh link to the file of this role */
export function statusBody(job: Job, price: number, now: number, linkTo: (role: Role) => string): JobStatusResponse {
  return {
    job_id: job.id,
    status: statusAt(job, now),
    endpoint: job.endpoint,
    progress: progressAt(job, now),
    queue_position: null,
    warnings: [],
    prompt_hash: createHash('sha256').update(job.request.prompt).digest('hex'),
    ...timesAt(job, now),
    ...failureAt(job, now),
    ...resultAt(job, price, now, linkTo),
  };
}

function timesAt({ acceptedAt, plan }: Job, now: number) {
  const started = plan.startsAt !== null && now >= plan.startsAt ? plan.startsAt : null;
  const ended = plan.endsAt !== null && now >= plan.endsAt ? plan.endsAt : null;
  return {
    queued_at: isoTime(acceptedAt),
    started_at: started === null ? null : isoTime(started),
    completed_at: ended === null ? null : isoTime(ended),
    queue_wait_seconds: started === null ? null : seconds(started - acceptedAt),
    inference_time_seconds: started === null || ended === null ? null : seconds(ended - started),
    total_elapsed_seconds: ended === null ? null : seconds(ended - acceptedAt),
  };
}

function failureAt(job: Job, now: number) {
  const { end } = job.plan;
  if (end.status === 'completed' || !hasEnded(job, now)) {
    return { error: null, failure_reason_code: null, retryable: null };
  }
  return { error: end.message, failure_reason_code: end.code, retryable: end.retryable };
}

function resultAt(job: Job, price: number, now: number, linkTo: (role: Role) => string) {
  const { end, endsAt } = job.plan;
  if (end.status !== 'completed' || endsAt === null || now < endsAt) {
    return { result_url: null, result_mime_type: null, charged_at: null, credits_charged: false, credits_amount: 0 };
  }
  const files = listResults(job);
  const links = files.map(({ role }) => [`${role}_url`, end.withUrl ? linkTo(role) : null]);
  return {
    result_url: null,
    ...Object.fromEntries(links),
    result_mime_type: files[0].mimeType,
    charged_at: isoTime(endsAt),
    credits_charged: true,
    credits_amount: price,
  };
}

/** Progress in percent, below 100 until the job has completed. */
function progressAt(job: Job, now: number): number {
  const { startsAt, endsAt, end } = job.plan;
  if (hasEnded(job, now) && end.status === 'completed') return 100;
  if (startsAt === null || endsAt === null || now < startsAt) return 0;
  return Math.min(99, Math.floor((100 * (now - startsAt)) / Math.max(1, endsAt - startsAt)));
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}

function seconds(ms: number): number {
  return ms / 1_000;
}
