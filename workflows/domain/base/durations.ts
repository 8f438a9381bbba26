/** Bounds of the times that callers may set. */

const DAY_MS = 86_400_000;

/** Beyond 2^31 ms, about 24.8 days, timers of Node fire at once. */
export const MAX_DURATION_MS = 24 * DAY_MS;

/** What is wrong with a time in ms; `null` if nothing is. */
export function findDurationProblem(ms: unknown): string | null {
  const isRight = Number.isSafeInteger(ms) && Number(ms) > 0 && Number(ms) <= MAX_DURATION_MS;
  return isRight ? null : `is ${String(ms)}; must be a whole number of ms from 1 to ${MAX_DURATION_MS} (24 days)`;
}
