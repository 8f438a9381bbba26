/**
 * The way back after the limit of jobs in flight fell: others may use the account for a while, or the provider may
 * have reduced the plan for a time. For some time a rise is searched every two job times, and the limit from before
 * the fall is where the window jumps to.
 */

/** Refused raises after a fall that come after a short wait; then the waits grow as usual. */
const EARLY_RAISES = 12;

/** Wait before such a raise: accepted submissions per permit. One permit accepts one submission per job time. */
const ROUNDS = 2;

/** Share of the target up to which the fall was deep. After a small one the usual waits find the way back soon. */
const DEEP = 0.5;

/** A raise by this many permits follows two accepted ones: the limit has risen, and the window jumps. */
const JUMP_STEP = 4;

export interface Recovery {
  /** Permits before the fall, whole, >= 1. */
  readonly target: number;
  /** Refused raises left that come after a short wait, >= 0. */
  readonly earlyRaises: number;
  /** Whether a raise was refused since the fall, so that the limit is known. A fall is followed by guesses. */
  readonly isMet: boolean;
  /** Whether the last raise was the jump. */
  readonly isJumping: boolean;
}

/** @param base permits before this cut; a further fall keeps the first target */
export function startRecovery(before: Recovery | null, base: number): Recovery {
  return { target: Math.max(base, before?.target ?? 0), earlyRaises: EARLY_RAISES, isMet: false, isJumping: false };
}

/** After a raise was refused. */
export function afterCut(recovery: Recovery | null): Recovery | null {
  if (recovery === null) return null;
  return { ...recovery, earlyRaises: Math.max(0, recovery.earlyRaises - 1), isMet: true, isJumping: false };
}

/** Accepted submissions from a cut to `left` permits to the next raise; `null` if the usual wait applies. */
export function computePatience(recovery: Recovery | null, left: number): number | null {
  return isRaisedEarly(recovery, left) ? left * ROUNDS : null;
}

/** Whether the window jumps to the target instead of growing by `step`. */
export function shouldJump({ isMet }: Recovery, step: number): boolean {
  return isMet && step >= JUMP_STEP;
}

/** Whether raises come after short waits, which are worth an extra report. */
export function isRaisedEarly(recovery: Recovery | null, size: number): boolean {
  return recovery !== null && recovery.earlyRaises > 0 && size <= recovery.target * DEEP;
}
