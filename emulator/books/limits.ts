/** Lognormal distribution of processing times. */
export interface JobTime {
  /** Median, in ms, > 0. */
  readonly medianMs: number;
  /** Spread, from 0 (all equal) to 3. */
  readonly sigma: number;
}

/** How a submission above `maxConcurrentJobs` is handled: by an HTTP 429, or by an accepted job that fails. */
export type LimitMode = 'refuse' | 'fail-job';

/** Limits that can change while the emulator runs. Each applies per API key, as in the provider's accounts. */
export interface Limits {
  /** Default: median 2500 ms, sigma 0.3. */
  readonly jobTime: JobTime;
  /** Time that a job stays queued before processing, in ms, >= 0. Default 0. */
  readonly queueWaitMs: number;
  /** Hidden limit of jobs in flight, >= 1; `null` for none (the default). */
  readonly maxConcurrentJobs: number | null;
  /** Places within `maxConcurrentJobs` that other clients' jobs occupy, >= 0. Default 0. */
  readonly foreignJobs: number;
  /** Default `refuse`. */
  readonly limitMode: LimitMode;
  /** Hidden limit of submissions per second, > 0, with bursts of one second's worth; `null` for none (the default). */
  readonly submitsPerSecond: number | null;
  /** Whether a rate-limit 429 carries `Retry-After`, in whole seconds. Default true. */
  readonly retryAfter: boolean;
  /** Credits left for new jobs, >= 0; each completed image costs 1. `null` for unlimited (the default). */
  readonly credits: number | null;
}

/** Limits to change; the others stay. */
export type LimitChanges = Partial<Limits>;

/** Limits in force from a time, in epoch milliseconds, until the next period. */
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
