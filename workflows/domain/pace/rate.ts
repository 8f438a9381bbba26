/**
 * The hidden limit of submissions per second, found from what is accepted.
 *
 * A provider counts with a bucket of tokens. At a refusal the bucket is empty, so what was accepted between two
 * refusals is what flowed into it: the limit itself. Between refusals the rate creeps upwards, so that it stays within
 * a hundredth of the limit at the price of a refusal now and then.
 */

/** Growth for each accepted submission: a hundredth in about 100 of them, which costs less than 1 % of refusals. */
const CREEP = 0.000_1;

/** Accepted submissions, and seconds, without a refusal after which the limit has probably risen. */
const LONG_CALM = 100;
const LONG_CALM_S = 20;

/** Seconds that are enough in any case: a slow rate must not hide a risen limit. */
const MAX_CALM_S = 90;

/** How growth in a second begins after so many seconds of calm, how long it stays so, and how it ends. */
interface Haste {
  readonly calmS: number;
  readonly first: number;
  readonly steadyS: number;
  readonly last: number;
}
const HASTE_DOUBLES_S = 5;

/** A guess is too low more often than not. One that was right is measured before the growth doubles. */
const FROM_A_GUESS: Haste = { calmS: 2, first: 0.025, steadyS: 10, last: 0.1 };

/** Accepted submissions, and ms, that a measurement takes at the least. */
const ENOUGH = 8;
const ENOUGH_MS = 1_000;

/** Shorter ones are still guesses: answers that are on their way make too much of them. */
const TRUSTED_MS = 5_000;

/** How far to go down while there is no measurement yet. */
const GUESSED_CUT = 0.85;

/** A measurement is set a little lower, so that the bucket fills again. */
const MARGIN = 0.997;

/** Beyond this share above the measurement the bucket has been full since, so that the limit lies between the two. */
const NEAR = 1.3;

/** Slowest rate, submissions per second: so that one is tried within ten seconds whatever happened. */
const MIN_RATE = 0.1;

/** Slowest first guess: a bucket that others have just emptied says little. */
const MIN_GUESSED_RATE = 1;

/** Seconds' worth of submissions that providers let through at once, as far as we know before one refuses it. */
const USUAL_BURST_S = 1;

/** Reports that are remembered, and for how long, ms. */
const RECENT = 12;
const RECENT_MS = 60_000;

/** How long without a rate refusal a measurement from the beginning may reach back, ms. */
const MAX_SPAN_MS = 10_000;

export interface Rate {
  /** Submissions per second; `null`: no limit is known. */
  readonly perSecond: number | null;
  /** Since when `accepted` is counted: the last refusal, or the beginning of a span in which there was none; ms. */
  readonly since: number | null;
  readonly accepted: number;
  /** Accepted since the last refusal, while the rate was what held us back. */
  readonly calm: number;
  /** Nothing was measured yet. */
  readonly guessed: boolean;
  /** When it was last refused, ms since the epoch; `null`: never. */
  readonly cutAt: number | null;
  /** What was accepted until when since the report before, the newest last. */
  readonly recent: readonly Span[];
}

interface Span {
  /** In ms since the epoch. */
  readonly at: number;
  readonly accepted: number;
}

/** `remembered`: the limit that an earlier run found; `null`: none. */
export function newRate(remembered: number | null): Rate {
  return { perSecond: remembered, since: null, accepted: 0, calm: 0, guessed: false, cutAt: null, recent: [] };
}

/** `binding`: whether the rate is what held submissions back, so that not being refused says something of it. */
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

/** For each accepted submission. */
function computeGrowth({ calm, guessed }: Rate, perSecond: number): number {
  const { calmS, first, steadyS, last } = guessed ? FROM_A_GUESS : newHaste(perSecond);
  const overS = calm / perSecond - calmS;
  if (overS < 0) return CREEP;
  return Math.min(last, first * 2 ** (Math.max(0, overS - steadyS) / HASTE_DOUBLES_S)) / perSecond;
}

/**
 * After a refusal, the submissions of its report being counted already. `seen`: submissions accepted per second while it
 * was not known yet that it is the rate that is limited; `null`: not measured.
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
  const measured = Math.max(accepted / (elapsedMs / 1_000), computeMinLimit(rate, at));
  return perSecond > measured * NEAR ? (perSecond + measured) / 2 : Math.min(perSecond, measured) * MARGIN;
}

/**
 * What the limit must be at the least: in any stretch of time no more is accepted than flows into the bucket and was in
 * it. The best stretch begins where the bucket was full, which it is as long as the rate is below the limit.
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
  // What went before the first submission was no time in which others could have been accepted.
  if (rate.since === null && accepted === 0) return rate;
  const since = rate.since ?? at;
  const stale = rate.perSecond === null && at - since > MAX_SPAN_MS;
  const recent = [...rate.recent, { at, accepted }].filter((span) => at - span.at <= RECENT_MS).slice(-RECENT);
  const counted = stale ? { since: at, accepted: 0 } : { since, accepted: rate.accepted + accepted };
  return { ...rate, ...counted, recent };
}
