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
const LONGEST_CALM_S = 90;

/** From then on growth in a second begins with the first, doubles every so many seconds, and ends with the last. */
const FIRST_HASTE = 0.005;
const HASTE_DOUBLES_S = 5;
const LAST_HASTE = 0.05;

/** Accepted submissions, and ms, that a measurement takes at the least. */
const ENOUGH = 8;
const ENOUGH_MS = 1_000;

/** How far to go down while there is no measurement yet. */
const GUESSED_CUT = 0.85;

/** A measurement is set a little lower, so that the bucket fills again. */
const MARGIN = 0.997;

/** Beyond this share above the measurement the bucket has been full since, so that the limit lies between the two. */
const NEAR = 1.3;

/** Slowest rate, submissions per second: so that one is tried within ten seconds whatever happened. */
const SLOWEST = 0.1;

/** Slowest first guess: a bucket that others have just emptied says little. */
const SLOWEST_GUESS = 1;

/** Seconds' worth of submissions that providers let through at once, as far as we know before one refuses it. */
const USUAL_BURST_S = 1;

/** How long without a rate refusal a measurement from the beginning may reach back, ms. */
const LONGEST_SPAN_MS = 10_000;

export interface Rate {
  /** Submissions per second; `null`: no limit is known. */
  readonly perSecond: number | null;
  /** Since when `accepted` is counted: the last refusal, or the beginning of a span in which there was none; ms. */
  readonly since: number | null;
  readonly accepted: number;
  /** Accepted since the last refusal, while the rate was what held us back. */
  readonly calm: number;
}

/** `remembered`: the limit that an earlier run found; `null`: none. */
export function newRate(remembered: number | null): Rate {
  return { perSecond: remembered, since: null, accepted: 0, calm: 0 };
}

/** `binding`: whether the rate is what held submissions back, so that not being refused says something of it. */
export function rateAfter(rate: Rate, at: number, accepted: number, binding: boolean, most: number): Rate {
  const spanned = spanOf(rate, at, accepted);
  const { perSecond, calm } = spanned;
  if (perSecond === null || !binding) return spanned;
  const grown = perSecond * (1 + growth(perSecond, calm)) ** accepted;
  return { ...spanned, calm: calm + accepted, perSecond: Math.min(most, grown) };
}

/** For each accepted submission. */
function growth(perSecond: number, calm: number): number {
  const overS = calm / perSecond - Math.min(LONGEST_CALM_S, Math.max(LONG_CALM_S, LONG_CALM / perSecond));
  if (overS < 0) return CREEP;
  return Math.min(LAST_HASTE, FIRST_HASTE * 2 ** (overS / HASTE_DOUBLES_S)) / perSecond;
}

/**
 * After a refusal, the submissions of its report being counted already. `seen`: submissions accepted per second while it
 * was not known yet that it is the rate that is limited; `null`: not measured.
 */
export function slowed(rate: Rate, at: number, seen: number | null): Rate {
  if (rate.perSecond === null && seen !== null) return { perSecond: seen, since: at, accepted: 0, calm: 0 };
  const elapsedMs = at - (rate.since ?? at);
  const perSecond = Math.max(SLOWEST, slower(rate, elapsedMs));
  const measured = rate.perSecond === null || isEnough(rate, elapsedMs);
  return measured ? { perSecond, since: at, accepted: 0, calm: 0 } : { ...rate, perSecond, calm: 0 };
}

function slower(rate: Rate, elapsedMs: number): number {
  const { perSecond, accepted } = rate;
  if (perSecond === null) return Math.max(SLOWEST_GUESS, accepted / (USUAL_BURST_S + elapsedMs / 1_000));
  if (!isEnough(rate, elapsedMs)) return perSecond * GUESSED_CUT;
  const measured = accepted / (elapsedMs / 1_000);
  return perSecond > measured * NEAR ? (perSecond + measured) / 2 : Math.min(perSecond, measured) * MARGIN;
}

function isEnough({ accepted }: Rate, elapsedMs: number): boolean {
  return accepted >= ENOUGH && elapsedMs >= ENOUGH_MS;
}

function spanOf(rate: Rate, at: number, accepted: number): Rate {
  const since = rate.since ?? at;
  const stale = rate.perSecond === null && at - since > LONGEST_SPAN_MS;
  return stale ? { ...rate, since: at, accepted: 0 } : { ...rate, since, accepted: rate.accepted + accepted };
}
