import { hasEnded, type Job, type JobStatus, statusAt } from '../jobs/job';

/** One delivery of a callback, or the refusal to make one. */
export interface CallbackRecord {
  readonly at: number;
  /** `refused`: not a loopback address, never called. */
  readonly outcome: 'delivered' | 'failed' | 'refused';
  /** HTTP status of the receiver; `null`: no answer. */
  readonly status: number | null;
}

/** What happened around a job after it was accepted. */
export interface Tally {
  readonly statusReads: number;
  /** Epoch milliseconds of the newest status read; `null`: none. */
  readonly lastReadAt: number | null;
  readonly downloads: number;
  readonly resultSha256: string | null;
  readonly resultBytes: number | null;
  readonly callbacks: readonly CallbackRecord[];
  /** No further delivery is owed. */
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

/** One accepted job as the provider's books show it; times in epoch milliseconds. */
export interface LedgerEntry extends Omit<Tally, 'callbackDone'> {
  readonly jobId: string;
  readonly key: string;
  readonly operation: string;
  /** SHA-256 of the request body, byte for byte, in hex. */
  readonly bodySha256: string;
  readonly prompt: string;
  readonly acceptedAt: number;
  readonly endedAt: number | null;
  /** Whether it counted as in flight: a job above the limit never did. */
  readonly heldPlace: boolean;
  readonly status: JobStatus;
  /** Failure code of a job that failed or was cancelled. */
  readonly code: string | null;
  readonly charged: boolean;
}

/** One POST with a valid key, and what its sender can know of it. */
export interface PostRecord {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Empty where the body named none. */
  readonly prompt: string;
  /** The job that it became; `null`: none. */
  readonly jobId: string | null;
  /** HTTP status that was to be answered; `null`: an answer was never meant to be readable. */
  readonly status: number | null;
  /** Whether the answer was to name the job. */
  readonly named: boolean;
  /** Whether it was JSON with `detail` or `error_code`, as the provider's own errors are and those of a proxy are not. */
  readonly isProviderError: boolean;
  /** Whether the whole answer was sent; `null`: not yet. */
  readonly whole: boolean | null;
}

/** One POST that became no job, or one request without a valid key. */
export interface RefusalRecord {
  /** Epoch milliseconds. */
  readonly at: number;
  /** As `LedgerCounters.refused` names it. */
  readonly code: string;
}

/** What was counted since the start. */
export interface LedgerCounters {
  /** POSTs that reached a compute endpoint, whatever became of them. */
  readonly submits: number;
  /** By `error_code`; `VALIDATION` for a 422, `UNAUTHENTICATED` for a 401, `SCRIPTED` for a rule's own answer. */
  readonly refused: Readonly<Record<string, number>>;
  /** By stage and fault, for instance `submit:reset-after-accept`. */
  readonly faults: Readonly<Record<string, number>>;
  /** Deliveries by outcome. */
  readonly webhooks: Readonly<Partial<Record<CallbackRecord['outcome'], number>>>;
}

/** The provider's books: what was counted, and every accepted job. */
export interface Ledger extends LedgerCounters {
  readonly accepted: number;
  /** Most jobs ever in flight at once for one key. */
  readonly maxInFlight: number;
  /** Credits left for new jobs by key; `null`: without end. */
  readonly credits: Readonly<Record<string, number | null>>;
  readonly jobs: readonly LedgerEntry[];
  /** In the order in which they happened. */
  readonly refusals: readonly RefusalRecord[];
  /** Since the start of this emulator, in the order in which they came. */
  readonly posts: readonly PostRecord[];
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
    acceptedAt: job.acceptedAt,
    endedAt: ended ? endsAt : null,
    heldPlace: job.holdsPlace,
    status: statusAt(job, now),
    code: ended && end.status !== 'completed' ? end.code : null,
    charged: ended && end.status === 'completed',
    ...tally,
  };
}
