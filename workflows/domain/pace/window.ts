/**
 * The hidden limit of jobs in flight: found by doubling, then held by a small, steady share of refusals.
 *
 * A finished job is noticed late, so fewer jobs are in flight than we believe. A window of exactly the limit would
 * leave that difference unused; the window is therefore raised until submissions are refused now and then, which is
 * free, and shows how late the notice is without measuring it.
 */

/** Permits of a new account: what even small plans allow, and few enough refusals where they do not. */
const FIRST_SIZE = 4;

/** Accepted submissions before the first probe above a limit that has just been found. */
const FIRST_PATIENCE = 20;

/** The most of them: one refusal in so many is what holding the limit costs, less than 1 %. */
const MAX_PATIENCE = 120;

/** Ms after which a probe is due however few submissions were accepted: long jobs must not hide a risen limit. */
const MAX_WAIT_MS = 300_000;

/** After a probe that was not refused the next one comes so many times sooner. */
const HASTE = 8;

/** A share of the limit below which evidence means that the limit fell, not that a job happened to end. */
const FALLEN = 0.7;

/** A share above the last limit met at which the limit has risen for certain, and is searched anew. */
const RISEN = 1.3;

/** The least that is left by a cut whose depth is guessed. */
const MIN_GUESSED_SHARE = 0.75;

/** What is left of a window that was too large before it grew once more: the middle of what is possible. */
const OUTGROWN = 0.8;

/** Having fallen by guesses, the first probe adds this part of what is left. */
const UNSURE = 4;

/** Permits above which the search goes in smaller steps. */
const LARGE = 32;

export interface Window {
  /** Permits of the account, whole, >= 1. */
  readonly size: number;
  /** What was held before the last probe, and is returned to when the probe is refused. */
  readonly base: number;
  /** What was left after the last cut; `null`: no limit has been met yet. */
  readonly ceiling: number | null;
  /** Permits that the next probe adds, >= 1; doubles as long as probes succeed. */
  readonly step: number;
  /** Accepted submissions from a refusal to the next probe; doubles with every probe that is refused. */
  readonly patience: number;
  /** Accepted submissions that are still wanted before the next probe; not above 0: it is due. */
  readonly wait: number;
  /** When the window last changed, ms since the epoch; `null`: not yet. */
  readonly since: number | null;
  /** Accepted submissions since the last cut. */
  readonly sinceCut: number;
  /** Whether there is no limit to be held: none was met, or it has risen. */
  readonly searching: boolean;
  /** Of `size`, submissions that had no answer at the last cut and were counted as accepted; >= 0. */
  readonly unanswered: number;
  /** Submissions that may have been sent beyond `size` since, with permits that it had no longer; >= 0. */
  readonly surplus: number;
}

/** Refused submissions, and what was known when they were reported. */
interface RefusalEvidence {
  /** Ms since the epoch. */
  readonly at: number;
  readonly refused: number;
  /** Accepted and unfinished. */
  readonly inFlight: number;
  /** Begun, and not answered yet: they may have been accepted. */
  readonly unanswered: number;
  /** Whether the window was raised after they had been sent. */
  readonly outgrown: boolean;
}

/** `remembered`: the limit that an earlier run found; `null`: none. */
export function newWindow(remembered: number | null): Window {
  const size = Math.max(1, remembered ?? FIRST_SIZE);
  const probing = { step: 1, patience: FIRST_PATIENCE, wait: FIRST_PATIENCE, since: null, sinceCut: 0 };
  return {
    size,
    base: size,
    ceiling: remembered,
    ...probing,
    searching: remembered === null,
    unanswered: 0,
    surplus: 0,
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
 * To be asked when all permits are in flight and work waits: a window that is not used proves nothing by growing.
 * `at`: ms since the epoch; `most`: the upper bound.
 */
export function raise(window: Window, at: number, most: number): Window {
  if (window.size >= most || !isDue(window, at)) return window;
  const { size, step, searching, patience, ceiling } = window;
  const grown = { ...window, since: at, base: size, unanswered: 0, surplus: 0 };
  if (searching) return { ...grown, size: Math.min(most, Math.ceil(size * computeGrowth(window))) };
  const probed = Math.min(most, size + step);
  const next = { step: step * 2, wait: Math.max(probed, patience / HASTE) };
  return { ...grown, ...next, size: probed, searching: probed > (ceiling ?? size) * RISEN + 2 };
}

function isDue({ searching, wait, since }: Window, at: number): boolean {
  return searching || wait <= 0 || (since !== null && at - since >= MAX_WAIT_MS);
}

/** Doubling a large window, or one that passed a limit before, would cost many refusals and find it hardly sooner. */
function computeGrowth({ size, ceiling }: Window): number {
  return ceiling === null && size < LARGE ? 2 : 1.5;
}

export function lower(window: Window, evidence: RefusalEvidence): Window {
  const { searching, sinceCut, size, base, patience } = window;
  const lost = searching || sinceCut === 0 || placesOf(evidence) < base * FALLEN;
  const left = Math.max(
    1,
    Math.floor(Math.min(size - 1, lost ? computeMetLimit(window, evidence) : computeKept(window, evidence))),
  );
  const next = lost ? FIRST_PATIENCE : Math.min(MAX_PATIENCE, patience * 2);
  const step = lost && !searching ? Math.ceil(left / UNSURE) : 1;
  const probing = { step, patience: next, wait: next, since: evidence.at, sinceCut: 0 };
  const unanswered = lost ? Math.max(0, Math.min(evidence.unanswered, left - evidence.inFlight)) : 0;
  return { size: left, base: left, ceiling: left, ...probing, searching: false, unanswered, surplus: 0 };
}

/** Submissions that were counted as accepted were refused: at most `window.unanswered` of them. */
export function lessUnanswered(window: Window, refused: number): Window {
  const left = Math.max(1, window.size - refused);
  const [unanswered, surplus] = [window.unanswered - refused, window.surplus + refused];
  return { ...window, size: left, base: left, ceiling: left, unanswered, surplus };
}

/**
 * Places that are taken, as far as is known. A refusal comes sooner than an acceptance, so that a submission without an
 * answer is rather accepted; if it is not, `lessUnanswered` puts that right.
 */
export function placesOf({ inFlight, unanswered }: Pick<RefusalEvidence, 'inFlight' | 'unanswered'>): number {
  return inFlight + unanswered;
}

/** A sharp limit shows itself: what was accepted and is unfinished is what it allows. */
function computeMetLimit(window: Window, wall: RefusalEvidence): number {
  const { searching, sinceCut, base } = window;
  const { refused, outgrown, unanswered } = wall;
  const inFlight = placesOf(wall);
  // They were accepted and failed later, so others that are in flight will fail too: it was already too many before.
  if (searching && outgrown) return Math.min(inFlight, base * OUTGROWN);
  // What had no answer at the last cut was counted, so that its refusal says nothing of what was accepted.
  const isOfLastCut = unanswered > 0 || window.unanswered >= refused;
  if (searching || sinceCut > 0 || isOfLastCut) return inFlight;
  // Nothing was accepted since the last cut, so the limit lies below what is in flight, and about as many jobs as
  // were refused now will end before the holders hear of this cut.
  return Math.max(inFlight * MIN_GUESSED_SHARE, inFlight - refused);
}

function computeKept({ size, base, sinceCut }: Window, { refused }: RefusalEvidence): number {
  if (size > base) return base;
  // Refused before every permit was used once since the last cut: that one did not go far enough.
  return sinceCut < size ? Math.max(size * MIN_GUESSED_SHARE, size - refused) : size - 1;
}
