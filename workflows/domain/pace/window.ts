/**
 * The hidden limit of jobs in flight: discovered by doubling, then held at a small, steady share of refusals.
 *
 * A finished job is noticed late, so fewer jobs are in flight than we believe. A window of exactly the limit would
 * leave that difference unused. The window is therefore raised until submissions are refused occasionally, which is
 * free and reveals the delay without measuring it.
 */
import { afterCut, computePatience, isRaisedEarly, type Recovery, shouldJump, startRecovery } from './recovery';

/** Permits of a new account: small plans allow them, and the refusals are few where they do not. */
const FIRST_SIZE = 4;

/** Accepted submissions before the first raise above a newly discovered limit. */
const FIRST_PATIENCE = 20;
/** The same times the permits, if that is more: at one permit a refusal is a larger share of what is accepted. */
const FIRST_PATIENCE_OF_FEW = 35;

/** Maximum of the same: one refusal in this many submissions, less than 1 %, is the price of holding the limit. */
const MAX_PATIENCE = 120;

/**
 * Time after which a raise is due regardless of accepted submissions, in ms: long jobs must not hide a raised limit.
 */
const MAX_WAIT_MS = 300_000;

/** Factor by which the next raise comes sooner after a successful one. */
const HASTE = 8;

/**
 * A raise by at least one part in this many is accepted only if the limit has risen: fewer jobs end unnoticed. The next
 * raise then follows at once.
 */
const CERTAIN = 8;

/** Share of the limit below which the evidence means that the limit fell, not that a job happened to end. */
const FALLEN = 0.7;

/** Share above the last limit at which the limit has certainly risen and the search restarts. */
const RISEN = 1.3;

/** Minimum share that remains after a cut of guessed depth. */
const MIN_GUESSED_SHARE = 0.75;

/** Share that remains of a window that was too large before its last growth: the middle of the possible range. */
const OUTGROWN = 0.8;

/** After falling by guesses, the first raise adds one part in this many. */
const UNSURE = 4;

/** Window size above which the search grows in smaller steps. */
const LARGE = 32;

export interface Window {
  /** Permits of the account, whole, >= 1. */
  readonly size: number;
  /** Size before the last raise, restored if submissions beyond it are refused. */
  readonly base: number;
  /** Size after the last cut; `null` if no limit was met yet. */
  readonly ceiling: number | null;
  /** Permits added by the next raise, >= 1; doubles while raises succeed. */
  readonly step: number;
  /** Accepted submissions from a refusal to the next raise; doubles with each refused raise. */
  readonly patience: number;
  /** Accepted submissions still needed before the next raise; due at 0 or below. */
  readonly wait: number;
  /** Time of the last change, in ms since the epoch; `null` if none. */
  readonly since: number | null;
  /** Accepted submissions since the last cut. */
  readonly sinceCut: number;
  /** Whether the limit is being searched: none was met, or it has risen. */
  readonly searching: boolean;
  /** Of `size`, submissions unanswered at the last cut and counted as accepted; >= 0. */
  readonly unanswered: number;
  /** Submissions that may have been sent beyond `size` since, with revoked permits; >= 0. */
  readonly surplus: number;
  /** How the way back is searched since the limit fell; `null` if it did not, or has risen again. */
  readonly recovery: Recovery | null;
}

/** Refused submissions, and what was known when they were reported. */
interface RefusalEvidence {
  /** In ms since the epoch. */
  readonly at: number;
  readonly refused: number;
  /** Accepted, unfinished jobs. */
  readonly inFlight: number;
  /** Unanswered submissions, which may have been accepted. */
  readonly unanswered: number;
  /** Whether the window was raised after they were sent. */
  readonly outgrown: boolean;
}

/** `remembered`: the limit discovered by an earlier run; `null` if none. */
export function newWindow(remembered: number | null): Window {
  const size = Math.max(1, remembered ?? FIRST_SIZE);
  const patience = computeFirstPatience(size);
  const waiting = { step: 1, patience, wait: patience, since: null, sinceCut: 0 };
  return {
    size,
    base: size,
    ceiling: remembered,
    ...waiting,
    searching: remembered === null,
    unanswered: 0,
    surplus: 0,
    recovery: null,
  };
}

export function withAccepted(window: Window, accepted: number): Window {
  const { wait, sinceCut, unanswered } = window;
  return {
    ...window,
    wait: wait - accepted,
    sinceCut: sinceCut + accepted,
    unanswered: Math.max(0, unanswered - accepted),
  };
}

/**
 * Call when all permits are in flight and work waits: growing an unused window proves nothing. `at`: ms since the
 * epoch; `most`: the upper bound.
 */
export function raise(window: Window, at: number, most: number): Window {
  if (window.size >= most || !isDue(window, at)) return window;
  const { recovery, size, step } = window;
  if (recovery === null) return grow(window, at, most);
  if (size >= recovery.target) return grow(leaveRecovery(window), at, most);
  return shouldJump(recovery, step) ? jump(window, recovery, at, most) : grow(window, at, most);
}

function jump(window: Window, recovery: Recovery, at: number, most: number): Window {
  const size = Math.min(most, recovery.target);
  return { ...mark(window, at), size, step: 1, wait: 0, searching: false, recovery: { ...recovery, isJumping: true } };
}

function grow(window: Window, at: number, most: number): Window {
  const { size, step, searching, ceiling } = window;
  const grown = mark(window, at);
  if (searching) return { ...grown, size: Math.min(most, Math.ceil(size * computeGrowth(window))) };
  const raised = Math.min(most, size + step);
  const next = { step: step * 2, wait: computeWait(window, raised) };
  return { ...grown, ...next, size: raised, searching: raised > (ceiling ?? size) * RISEN + 2 };
}

function mark(window: Window, at: number): Window {
  return { ...window, since: at, base: window.size, unanswered: 0, surplus: 0 };
}

/** The limit is where it was before it fell. */
function leaveRecovery(window: Window): Window {
  const { size, step } = window;
  return { ...window, ceiling: size, step: Math.min(step, 2), searching: false, recovery: null };
}

/** Accepted submissions between a raise and the next one. */
function computeWait({ size, step, patience }: Window, raised: number): number {
  return step === 1 || step * CERTAIN < size ? Math.max(raised, patience / HASTE) : 0;
}

function isDue({ searching, wait, since }: Window, at: number): boolean {
  return searching || wait <= 0 || (since !== null && at - since >= MAX_WAIT_MS);
}

/**
 * Doubling a large window, or one that exceeded a limit before, would cost many refusals and hardly find the limit
 * sooner.
 */
function computeGrowth({ size, ceiling }: Window): number {
  return ceiling === null && size < LARGE ? 2 : 1.5;
}

export function lower(window: Window, evidence: RefusalEvidence): Window {
  const { sinceCut, size, base } = window;
  const searching = isSearching(window);
  const lost = searching || sinceCut === 0 || countPlaces(evidence) < base * FALLEN;
  const left = Math.max(
    1,
    Math.floor(Math.min(size - 1, lost ? computeMetLimit(window, evidence) : computeKept(window, evidence))),
  );
  const hasFallen = lost && !searching;
  const recovery = hasFallen ? startRecovery(window.recovery, base) : afterCut(window.recovery);
  const patience = computePatience(recovery, left) ?? computeUsualPatience(window, lost, left);
  const step = hasFallen ? Math.ceil(left / UNSURE) : 1;
  const waiting = { step, patience, wait: patience, since: evidence.at, sinceCut: 0 };
  const unanswered = lost ? Math.max(0, Math.min(evidence.unanswered, left - evidence.inFlight)) : 0;
  return { size: left, base: left, ceiling: left, ...waiting, searching: false, unanswered, surplus: 0, recovery };
}

/** Whether the window was raised to a size that may be far above the limit. */
function isSearching({ searching, recovery }: Window): boolean {
  return searching || recovery?.isJumping === true;
}

function computeUsualPatience({ patience, recovery, base }: Window, lost: boolean, left: number): number {
  const isFirst = lost || isRaisedEarly(recovery, base);
  return isFirst ? computeFirstPatience(left) : Math.min(MAX_PATIENCE, patience * 2);
}

function computeFirstPatience(size: number): number {
  return Math.max(FIRST_PATIENCE, Math.ceil(FIRST_PATIENCE_OF_FEW / size));
}

/** Applies refusals of submissions that were counted as accepted: at most `window.unanswered` of them. */
export function lessUnanswered(window: Window, refused: number): Window {
  const left = Math.max(1, window.size - refused);
  const [unanswered, surplus] = [window.unanswered - refused, window.surplus + refused];
  return { ...window, size: left, base: left, ceiling: left, unanswered, surplus };
}

/**
 * Occupied places, as far as known. A refusal arrives sooner than an acceptance, so an unanswered submission is
 * probably accepted; if not, `lessUnanswered` corrects it.
 */
export function countPlaces({ inFlight, unanswered }: Pick<RefusalEvidence, 'inFlight' | 'unanswered'>): number {
  return inFlight + unanswered;
}

/** A sharp limit is visible directly: it equals the accepted, unfinished jobs. */
function computeMetLimit(window: Window, evidence: RefusalEvidence): number {
  const { sinceCut, base } = window;
  const searching = isSearching(window);
  const { refused, outgrown, unanswered } = evidence;
  const inFlight = countPlaces(evidence);
  // They were accepted and failed later, so others in flight will fail too: the window was too large before.
  if (searching && outgrown) return Math.min(inFlight, base * OUTGROWN);
  // Unanswered submissions were counted at the last cut, so their refusal says nothing about accepted ones.
  const isOfLastCut = unanswered > 0 || window.unanswered >= refused;
  if (searching || sinceCut > 0 || isOfLastCut) return inFlight;
  // Nothing was accepted since the last cut, so the limit is below the jobs in flight. About as many jobs as were
  // refused now will end before the holders learn of this cut.
  return Math.max(inFlight * MIN_GUESSED_SHARE, inFlight - refused);
}

function computeKept({ size, base, sinceCut }: Window, { refused }: RefusalEvidence): number {
  if (size > base) return base;
  // Refused before every permit was used since the last cut, so that cut was too small.
  return sinceCut < size ? Math.max(size * MIN_GUESSED_SHARE, size - refused) : size - 1;
}
