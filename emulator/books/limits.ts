/** Lognormal time that a job is processed for. */
export interface JobTime {
  /** Milliseconds, > 0. Half of the jobs take less. */
  readonly medianMs: number;
  /** Spread, 0 (all alike) to 3. */
  readonly sigma: number;
}

/** What happens to a submission above `maxConcurrentJobs`: an HTTP 429, or an accepted job that fails. */
export type LimitMode = 'refuse' | 'fail-job';

/** What can be changed while the emulator runs. Every limit belongs to one API key, as the account does. */
export interface Limits {
  /** Default: median 2500 ms, sigma 0.3. */
  readonly jobTime: JobTime;
  /** Milliseconds a job stays queued before it is processed, >= 0. Default 0. */
  readonly queueWaitMs: number;
  /** Hidden limit of jobs in flight, >= 1; `null`: none (the default). */
  readonly maxConcurrentJobs: number | null;
  /** Places within `maxConcurrentJobs` that somebody else's jobs take up, >= 0. Default 0. */
  readonly foreignJobs: number;
  /** Default `refuse`. */
  readonly limitMode: LimitMode;
  /** Hidden limit of submissions per second, > 0, with bursts of one second's worth; `null`: none (the default). */
  readonly submitsPerSecond: number | null;
  /** Whether a 429 of the rate limit says in `Retry-After` (whole seconds) when to come back. Default true. */
  readonly retryAfter: boolean;
  /** Credits left for new jobs, >= 0; each completed image costs 1. `null`: without end (the default). */
  readonly credits: number | null;
}

/** The limits that are to change; the others stay. */
export type LimitChanges = Partial<Limits>;

/** Limits that held from a time on, in epoch milliseconds, until the next such time. */
export interface LimitPeriod {
  readonly since: number;
  readonly limits: Limits;
}

export const DEFAULT_LIMITS: Limits = {
  jobTime: { medianMs: 2_500, sigma: 0.3 },
  queueWaitMs: 0,
  maxConcurrentJobs: null,
  foreignJobs: 0,
  limitMode: 'refuse',
  submitsPerSecond: null,
  retryAfter: true,
  credits: null,
};
