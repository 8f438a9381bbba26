/** Determines which limit a 429 without a code refers to, from jobs in flight and submission rate. */
import type { ProviderFailureCode } from '../failures/failures';

export type PaceCode = Extract<ProviderFailureCode, 'CONCURRENT_JOBS_EXCEEDED' | 'RATE_LIMIT_EXCEEDED'>;

/** Minimum accepted submissions, and ms, for a usable rate. */
const ENOUGH = 8;
const ENOUGH_MS = 1_000;

/** Factor by which two numbers in flight must differ to count as different, and two rates at most to count as equal. */
const DIFFERENT = 1.25;
const ALIKE = 1.15;

/** Observations between refusals without a code. */
export interface Unclear {
  /** Start of the count in `accepted`, in ms since the epoch; `null` before the first such refusal. */
  readonly since: number | null;
  readonly accepted: number;
  /** Jobs in flight at the last one. */
  readonly inFlight: number;
  /** Accepted per second before the last one; `null` if there were too few. */
  readonly perSecond: number | null;
}

export const NOTHING_UNCLEAR: Unclear = { since: null, accepted: 0, inFlight: 0, perSecond: null };

/**
 * The same rate at different numbers in flight indicates a rate limit; so does a refusal with permits to spare once a
 * rate is known. In doubt it is the concurrency: a window also limits the rate (Little's law), but a rate does not keep
 * a concurrency limit when jobs take longer.
 */
export function tellApart(before: Unclear, after: Unclear, rateKnown: boolean, permitsLeft: boolean): PaceCode {
  if (rateKnown) return permitsLeft ? 'RATE_LIMIT_EXCEEDED' : 'CONCURRENT_JOBS_EXCEEDED';
  const measured = before.perSecond !== null && after.perSecond !== null;
  const sameSpeed = measured && ratio(before.perSecond, after.perSecond) < ALIKE;
  const otherLoad = ratio(before.inFlight, after.inFlight) > DIFFERENT;
  return sameSpeed && otherLoad ? 'RATE_LIMIT_EXCEEDED' : 'CONCURRENT_JOBS_EXCEEDED';
}

export function recordUnclear(unclear: Unclear, at: number, inFlight: number): Unclear {
  const { since, accepted } = unclear;
  if (since === null) return { since: at, accepted: 0, inFlight, perSecond: null };
  const elapsedMs = at - since;
  if (accepted < ENOUGH || elapsedMs < ENOUGH_MS) return unclear;
  return { since: at, accepted: 0, inFlight, perSecond: accepted / (elapsedMs / 1_000) };
}

function ratio(one: number, other: number): number {
  return Math.max(one, other) / Math.max(1e-9, Math.min(one, other));
}
