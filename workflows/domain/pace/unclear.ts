/** Which limit a 429 without a code speaks of: told by what was in flight and how fast was sent. */
import type { ProviderFailureCode } from '../failures/failures';

export type PaceCode = Extract<ProviderFailureCode, 'CONCURRENT_JOBS_EXCEEDED' | 'RATE_LIMIT_EXCEEDED'>;

/** Accepted submissions, and ms, without which nothing can be said of how fast was sent. */
const ENOUGH = 8;
const ENOUGH_MS = 1_000;

/** Two numbers in flight differ if one is more than this much larger; two speeds are alike if neither is. */
const DIFFERENT = 1.25;
const ALIKE = 1.15;

/** What was seen between the refusals that had no code. */
export interface Unclear {
  /** Since when `accepted` is counted, ms since the epoch; `null`: there was no such refusal. */
  readonly since: number | null;
  readonly accepted: number;
  /** What was in flight at the last one. */
  readonly inFlight: number;
  /** Accepted per second before the last one; `null`: not enough to say. */
  readonly perSecond: number | null;
}

export const NOTHING_UNCLEAR: Unclear = { since: null, accepted: 0, inFlight: 0, perSecond: null };

/**
 * The same speed with other numbers in flight is a rate limit; once a rate is known, so is a refusal while permits were
 * left. In doubt it is the concurrency: a window steers a rate too (Little's law), whereas a rate does not keep a
 * concurrency limit when jobs become longer.
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
