import { hasEnded, type Job, type JobStatus, statusAt } from '../jobs/job';
import type { UploadRecord } from './upload-book';

/** One delivery of a callback, or the refusal to deliver it. */
export interface CallbackRecord {
  readonly at: number;
  /** `refused`: not a loopback URL, so it is never called. */
  readonly outcome: 'delivered' | 'failed' | 'refused';
  /** HTTP status of the receiver's answer; `null` without one. */
  readonly status: number | null;
}

/** What happened to a job after it was accepted. */
export interface Tally {
  readonly statusReads: number;
  /** Time of the newest status read, in epoch milliseconds; `null` if there was none. */
  readonly lastReadAt: number | null;
  readonly downloads: number;
  readonly resultSha256: string | null;
  readonly resultBytes: number | null;
  readonly callbacks: readonly CallbackRecord[];
  /** Whether no further delivery is due. */
  readonly callbackDone: boolean;
}

export const NEW_TALLY: Tally = {
  statusReads: 0,
  lastReadAt: null,
  downloads: 0,
  resultSha256: null,
  resultBytes: null,
  callbacks: [],
  callbackDone: false,
};

/** One accepted job in the provider's books; times in epoch milliseconds. */
export interface LedgerEntry extends Omit<Tally, 'callbackDone'> {
  readonly jobId: string;
  readonly key: string;
  readonly operation: string;
  /** SHA-256 of the request body's bytes, in hex. */
  readonly bodySha256: string;
  readonly prompt: string;
  /** Addresses of its inputs, in the order in which the work uses them. */
  readonly inputs: readonly string[];
  readonly acceptedAt: number;
  readonly endedAt: number | null;
  /** Whether it counted as in flight; a job above the limit never did. */
  readonly heldPlace: boolean;
  readonly status: JobStatus;
  /** Failure code of a failed or cancelled job. */
  readonly code: string | null;
  readonly charged: boolean;
}

/** One POST with a valid key, and what its sender can know about it. */
export interface PostRecord {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Empty if the body contained none. */
  readonly prompt: string;
  /** Addresses of its inputs; empty if the body is invalid. */
  readonly inputs: readonly string[];
  /** The job created by the POST; `null` if none. */
  readonly jobId: string | null;
  /** HTTP status of the intended answer; `null` if it was not meant to be readable. */
  readonly status: number | null;
  /** Whether the intended answer names the job. */
  readonly named: boolean;
  /**
   * Whether the answer is JSON with `detail` or `error_code`, like the provider's own errors and unlike those of a
   * proxy.
   */
  readonly isProviderError: boolean;
  /** Whether the whole answer was sent; `null` if not yet. */
  readonly whole: boolean | null;
}

/** One POST that created no job, or one request without a valid key. */
export interface RefusalRecord {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Named as in `LedgerCounters.refused`. */
  readonly code: string;
}

/** Counters since the start. */
export interface LedgerCounters {
  /** POSTs that reached a compute endpoint, whatever their outcome. */
  readonly submits: number;
  /**
   * Refusals by `error_code`; `VALIDATION` for a 422, `UNAUTHENTICATED` for a 401, `SCRIPTED` for an answer of a rule.
   */
  readonly refused: Readonly<Record<string, number>>;
  /** Faults by stage and name, for example `submit:reset-after-accept`. */
  readonly faults: Readonly<Record<string, number>>;
  /** Deliveries by outcome. */
  readonly webhooks: Readonly<Partial<Record<CallbackRecord['outcome'], number>>>;
}

/** The provider's books: counters and every accepted job. */
export interface Ledger extends LedgerCounters {
  readonly accepted: number;
  /** Maximum number of jobs that were in flight at once for one key. */
  readonly maxInFlight: number;
  /** Credits left for new jobs, by key; `null` if unlimited. */
  readonly credits: Readonly<Record<string, number | null>>;
  readonly jobs: readonly LedgerEntry[];
  /** In order of occurrence. */
  readonly refusals: readonly RefusalRecord[];
  /** POSTs since this emulator started, in order of arrival. */
  readonly posts: readonly PostRecord[];
  /** Uploads since this emulator started, in order of arrival. */
  readonly uploads: readonly UploadRecord[];
}

export function ledgerEntry(job: Job, { callbackDone: _internal, ...tally }: Tally, now: number): LedgerEntry {
  const ended = hasEnded(job, now);
  const { end, endsAt } = job.plan;
  return {
    jobId: job.id,
    key: job.key,
    operation: job.operation,
    bodySha256: job.bodySha256,
    prompt: job.request.prompt,
    inputs: job.request.inputs.map(({ url }) => url),
    acceptedAt: job.acceptedAt,
    endedAt: ended ? endsAt : null,
    heldPlace: job.holdsPlace,
    status: statusAt(job, now),
    code: ended && end.status !== 'completed' ? end.code : null,
    charged: ended && end.status === 'completed',
    ...tally,
  };
}
