/**
 * The hidden limit of submissions per second, derived from accepted submissions.
 *
 * A provider limits with a token bucket. At a refusal the bucket is empty, so the submissions accepted between two
 * refusals equal the tokens that were added: the limit itself. Between refusals the rate grows slowly, which keeps it
 * within a hundredth of the limit at the price of an occasional refusal.
 */

/** Growth per accepted submission: a hundredth in about 100 of them, which costs less than 1 % of refusals. */
const CREEP = 0.000_1;

/** Accepted submissions, and seconds, without a refusal after which the limit has probably risen. */
const LONG_CALM = 100;
const LONG_CALM_S = 20;

/** Maximum of the above, in seconds: a slow rate must not hide a raised limit. */
const MAX_CALM_S = 90;

/** Growth per second after `calmS` seconds without a refusal: `first` for `steadyS` seconds, then doubling up to `last`. */
interface Haste {
  readonly calmS: number;
  readonly first: number;
  readonly steadyS: number;
  readonly last: number;
}
const HASTE_DOUBLES_S = 5;

/** A guess is usually too low. If it is right, it is measured before the growth doubles. */
const FROM_A_GUESS: Haste = { calmS: 2, first: 0.025, steadyS: 10, last: 0.1 };

/** Minimum accepted submissions, and ms, of a measurement. */
const ENOUGH = 8;
const ENOUGH_MS = 1_000;

/** Shorter measurements count as guesses, because answers in flight make them too high. In ms. */
const TRUSTED_MS = 5_000;

/** Share that remains after a cut without a measurement. */
const GUESSED_CUT = 0.85;

/**
 * Tokens that were added before a refusal and are less than one submission, on average. Where few submissions a second are
 * allowed, a measurement without them is several percent too low.
 */
const REMAINDER = 0.5;

/** Share of a measurement that becomes the rate, which lets the bucket fill again. */
const MARGIN = 0.997;

/** A rate this many times above the measurement means that the bucket was full meanwhile: the limit lies between the two. */
const NEAR = 1.3;

/** Minimum rate, in submissions per second: one is tried within ten seconds in any case. */
const MIN_RATE = 0.1;

/** Minimum first guess, in submissions per second: a bucket that others have just emptied says little. */
const MIN_GUESSED_RATE = 1;

/** Usual size of a burst that providers accept, in seconds of the rate. */
const USUAL_BURST_S = 1;

/** Number of reports remembered, and for how long, in ms. */
const RECENT = 12;
const RECENT_MS = 60_000;

/** Maximum span of a measurement before the first refusal, in ms. */
const MAX_SPAN_MS = 10_000;

export interface Rate {
  /** Submissions per second; `null` if no limit is known. */
  readonly perSecond: number | null;
  /** Start of the count in `accepted`, in ms since the epoch: the last refusal, or the start of a span without one. */
  readonly since: number | null;
  readonly accepted: number;
  /** Accepted submissions since the last refusal while the rate was the limiting factor. */
  readonly calm: number;
  /** Whether the rate is a guess and not measured. */
  readonly guessed: boolean;
  /** Time of the last refusal, in ms since the epoch; `null` if there was none. */
  readonly cutAt: number | null;
  /** Accepted submissions per report, newest last. */
  readonly recent: readonly Span[];
}

interface Span {
  /** Time of the report, in ms since the epoch. */
  readonly at: number;
  readonly accepted: number;
}

/** @param remembered limit discovered by an earlier run; `null` if none */
export function newRate(remembered: number | null): Rate {
  return { perSecond: remembered, since: null, accepted: 0, calm: 0, guessed: false, cutAt: null, recent: [] };
}

/** @param binding whether the rate was the limiting factor; otherwise the absence of refusals says nothing about it */
export function addAccepted(rate: Rate, at: number, accepted: number, binding: boolean, most: number): Rate {
  const spanned = extendSpan(rate, at, accepted);
  const { perSecond, calm } = spanned;
  if (perSecond === null || !binding) return spanned;
  const grown = perSecond * (1 + computeGrowth(spanned, perSecond)) ** accepted;
  return { ...spanned, calm: calm + accepted, perSecond: Math.min(most, grown) };
}

function newHaste(perSecond: number): Haste {
  const calmS = Math.min(MAX_CALM_S, Math.max(LONG_CALM_S, LONG_CALM / perSecond));
  return { calmS, first: 0.005, steadyS: 0, last: 0.05 };
}

/** Growth per accepted submission. */
function computeGrowth({ calm, guessed }: Rate, perSecond: number): number {
  const { calmS, first, steadyS, last } = guessed ? FROM_A_GUESS : newHaste(perSecond);
  const overS = calm / perSecond - calmS;
  if (overS < 0) return CREEP;
  return Math.min(last, first * 2 ** (Math.max(0, overS - steadyS) / HASTE_DOUBLES_S)) / perSecond;
}

/**
 * Cuts the rate after a refusal. The submissions of its report are already counted.
 *
 * @param seen accepted submissions per second before a rate limit was known; `null` if not measured
 */
export function cutRate(rate: Rate, at: number, seen: number | null): Rate {
  if (rate.perSecond === null && seen !== null) {
    return { ...rate, perSecond: seen, since: at, accepted: 0, calm: 0, cutAt: at };
  }
  const elapsedMs = at - (rate.since ?? at);
  const perSecond = Math.max(MIN_RATE, computeCutRate(rate, at, elapsedMs));
  const isGuess = rate.perSecond === null || (rate.guessed && elapsedMs < TRUSTED_MS);
  const begun = { perSecond, since: at, accepted: 0, calm: 0, recent: rate.recent, cutAt: at, guessed: isGuess };
  return isGuess || isEnough(rate, elapsedMs) ? begun : { ...rate, perSecond, calm: 0, cutAt: at };
}

function computeCutRate(rate: Rate, at: number, elapsedMs: number): number {
  const { perSecond, accepted } = rate;
  if (perSecond === null) return Math.max(MIN_GUESSED_RATE, accepted / (USUAL_BURST_S + elapsedMs / 1_000));
  if (!isEnough(rate, elapsedMs)) return perSecond * GUESSED_CUT;
  const measured = Math.max((accepted + REMAINDER) / (elapsedMs / 1_000), computeMinLimit(rate, at));
  return perSecond > measured * NEAR ? (perSecond + measured) / 2 : Math.min(perSecond, measured) * MARGIN;
}

/**
 * Lower bound of the limit: in any span no more submissions are accepted than tokens were added or left in the bucket.
 * The best span begins with a full bucket, which it is while the rate is below the limit.
 */
function computeMinLimit({ recent }: Rate, at: number): number {
  let [accepted, most] = [0, 0];
  for (let index = recent.length - 1; index > 0; index -= 1) {
    accepted += recent[index]?.accepted ?? 0;
    const seconds = (at - (recent[index - 1]?.at ?? at)) / 1_000;
    if (accepted >= ENOUGH) most = Math.max(most, accepted / (USUAL_BURST_S + seconds));
  }
  return most;
}

function isEnough({ accepted }: Rate, elapsedMs: number): boolean {
  return accepted >= ENOUGH && elapsedMs >= ENOUGH_MS;
}

function extendSpan(rate: Rate, at: number, accepted: number): Rate {
  // Time before the first submission does not count: nothing could have been accepted.
  if (rate.since === null && accepted === 0) return rate;
  const since = rate.since ?? at;
  const stale = rate.perSecond === null && at - since > MAX_SPAN_MS;
  const recent = [...rate.recent, { at, accepted }].filter((span) => at - span.at <= RECENT_MS).slice(-RECENT);
  const counted = stale ? { since: at, accepted: 0 } : { since, accepted: rate.accepted + accepted };
  return { ...rate, ...counted, recent };
}
