/** Determines which limit a 429 without a code refers to, from jobs in flight and submission rate. */
import type { ProviderFailureCode } from '../failures/failures';

export type PaceCode = Extract<ProviderFailureCode, 'CONCURRENT_JOBS_EXCEEDED' | 'RATE_LIMIT_EXCEEDED'>;

/** Minimum accepted submissions for a usable rate. */
const MIN_ACCEPTED = 8;
/** Minimum time for a usable rate, in ms. */
const MIN_ELAPSED_MS = 1_000;

/** Minimum ratio of two numbers in flight that count as different. */
const MIN_LOAD_RATIO = 1.25;
/** Maximum ratio of two rates that count as equal. */
const MAX_RATE_RATIO = 1.15;

/** What was accepted and in flight between two 429 without a code. */
export interface UncodedRefusals {
  /** Start of the count in `accepted`, in ms since the epoch; `null` before the first such refusal. */
  readonly since: number | null;
  readonly accepted: number;
  /** Jobs in flight and submissions without an answer, at the last one. */
  readonly inFlight: number;
  /** Accepted per second before the last one; `null` if there were too few. */
  readonly perSecond: number | null;
}

export const NO_UNCODED_REFUSALS: UncodedRefusals = { since: null, accepted: 0, inFlight: 0, perSecond: null };

/**
 * The same rate at different numbers in flight indicates a rate limit; so does a refusal with permits to spare once a
 * rate is known. In doubt it is the concurrency: a window also limits the rate (Little's law), but a rate does not keep
 * a concurrency limit when jobs take longer.
 */
export function guessLimit(
  before: UncodedRefusals,
  after: UncodedRefusals,
  isRateKnown: boolean,
  hasFreePermits: boolean,
): PaceCode {
  if (isRateKnown) return hasFreePermits ? 'RATE_LIMIT_EXCEEDED' : 'CONCURRENT_JOBS_EXCEEDED';
  const measured = before.perSecond !== null && after.perSecond !== null;
  const isSameRate = measured && ratio(before.perSecond, after.perSecond) < MAX_RATE_RATIO;
  const isOtherLoad = ratio(before.inFlight, after.inFlight) > MIN_LOAD_RATIO;
  return isSameRate && isOtherLoad ? 'RATE_LIMIT_EXCEEDED' : 'CONCURRENT_JOBS_EXCEEDED';
}

export function recordUncodedRefusal(uncoded: UncodedRefusals, at: number, inFlight: number): UncodedRefusals {
  const { since, accepted } = uncoded;
  if (since === null) return { since: at, accepted: 0, inFlight, perSecond: null };
  const elapsedMs = at - since;
  if (accepted < MIN_ACCEPTED || elapsedMs < MIN_ELAPSED_MS) return uncoded;
  return { since: at, accepted: 0, inFlight, perSecond: accepted / (elapsedMs / 1_000) };
}

function ratio(one: number, other: number): number {
  return Math.max(one, other) / Math.max(1e-9, Math.min(one, other));
}
