/** Bounds of durations set by callers. */

const DAY_MS = 86_400_000;

/** Maximum of a Node timer: beyond 2^31 ms, about 24.8 days, it fires immediately. */
export const MAX_DURATION_MS = 24 * DAY_MS;

/** The problem with a duration in ms; `null` if it is valid. */
export function findDurationProblem(ms: unknown): string | null {
  const isRight = Number.isSafeInteger(ms) && Number(ms) > 0 && Number(ms) <= MAX_DURATION_MS;
  return isRight ? null : `is ${String(ms)}; must be a whole number of ms from 1 to ${MAX_DURATION_MS} (24 days)`;
}
