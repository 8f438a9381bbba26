import type { Backoff } from './failures';

/** A source of uniform numbers in [0, 1). */
export type Random = () => number;

/** Temporal reads a delay of 0 as "do not retry", and a timer needs at least this, in ms. */
const MIN_DELAY_MS = 1;

/**
 * Delay before the `nth` retry (1, 2, …), in ms: uniform between 0 and an exponentially growing bound. Full jitter,
 * because Temporal's own backoff has none.
 */
export function drawFullJitterMs(backoff: Backoff, nth: number, random: Random): number {
  const bound = Math.min(backoff.maximumMs, backoff.initialMs * backoff.coefficient ** Math.max(0, nth - 1));
  return Math.max(MIN_DELAY_MS, Math.round(random() * bound));
}

/** The longer of our own delay and the provider's Retry-After, in ms. */
export function computeRetryDelayMs(ownMs: number, retryAfterMs: number | undefined): number {
  return Math.max(MIN_DELAY_MS, ownMs, retryAfterMs ?? 0);
}
