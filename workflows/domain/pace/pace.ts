/**
 * How many jobs an account has in flight and how fast it submits: the provider publishes neither limit, so both are
 * found, and followed when they change. Pure: a pace and a report in, a pace and a decision in words out.
 */
import { PROVIDER_FAILURES } from '../failures/failures';
import { addAccepted, cutRate, newRate, type Rate } from './rate';
import { NOTHING_UNCLEAR, type PaceCode, recordUnclear, tellApart, type Unclear } from './unclear';
import { lessUnanswered, lower, newWindow, placesOf, raise, type Window, withAccepted } from './window';

/** What the user knows of the plan; never passed. */
export interface PaceBounds {
  /** Jobs in flight, whole, >= 1; `null`: not known. */
  readonly maxConcurrency: number | null;
  /** Submissions per second, > 0; `null`: not known. */
  readonly maxRate: number | null;
}

/** How often a rate that was guessed is thought over, in seconds. */
const GUESS_REPORT_S = 2;

/** What was sent at the old rate is heard of for so long after a cut, in ms: it was on its way, or waited for its turn. */
const SETTLING_MS = 800;

/** Nothing is known of the plan. */
export const NO_BOUNDS: PaceBounds = { maxConcurrency: null, maxRate: null };

/** Limits as an earlier run found them; `null`: it met none. */
export interface FoundLimits {
  readonly concurrency: number | null;
  readonly ratePerSecond: number | null;
}

/** Everything that is known of an account's limits. Plain data: it travels through continue-as-new. */
export interface Pace {
  readonly bounds: PaceBounds;
  readonly window: Window;
  readonly rate: Rate;
  readonly unclear: Unclear;
  /** Nothing is sent before; ms since the epoch; `null`: the provider has never asked for a rest. */
  readonly restUntil: number | null;
  /** Cuts in a row at which nothing of ours was in flight or accepted. */
  readonly shutOut: number;
  /** Number of the newest change of permits; holders say in their reports which one they knew. */
  readonly change: number;
  /** Number of the newest change that was a cut: what was sent without knowing of it must not cut again. */
  readonly cut: number;
  /** What was found before a bound cut it; counts again when the bound is lifted, unless a refusal came since. */
  readonly kept: Kept;
}

interface Kept {
  /** `null`: no bound has cut it. */
  readonly window: Pick<Window, 'size' | 'base'> | null;
  readonly rate: Pick<Rate, 'perSecond'> | null;
}

const NOTHING_KEPT: Kept = { window: null, rate: null };

/** Refused submissions, and accepted ones whose job failed with the code of a limit; each >= 0. */
export interface Refusals {
  readonly concurrency: number;
  readonly rate: number;
  /** Refused with a 429 that gave no code. */
  readonly unclear: number;
}

/** What a holder tells of the time since its previous report. */
export interface PaceReport {
  /** When it was made, ms since the epoch. */
  readonly at: number;
  /** Accepted and unfinished when it was made, of the whole account, without the refused ones; >= 0. */
  readonly inFlight: number;
  /** Submissions of the whole account that were begun and have no answer yet, >= 0. Absent: none. */
  readonly unanswered?: number;
  /** Submissions that were accepted, >= 0. */
  readonly accepted: number;
  readonly refusals: Refusals;
  /** The longest that the provider asked to wait, ms; `null`: it did not. */
  readonly retryAfterMs: number | null;
  /** Newest change known when the refused submissions were sent; without any: when the report was made. */
  readonly paceSeen: number;
  /** Whether at some time, with the change it knew, all its permits were in flight while work waited. */
  readonly saturated: boolean;
}

export interface Paced {
  readonly pace: Pace;
  /** Why the permits or the rate changed, for people; `null`: nothing worth telling. */
  readonly decision: string | null;
}

/** `remembered` limits are started from; without them the search starts with four permits and no rate. */
export function newPace(
  bounds: PaceBounds,
  remembered: FoundLimits = { concurrency: null, ratePerSecond: null },
): Pace {
  const window = newWindow(remembered.concurrency);
  const rate = newRate(remembered.ratePerSecond);
  return withBounds(
    {
      bounds,
      window,
      rate,
      unclear: NOTHING_UNCLEAR,
      restUntil: null,
      shutOut: 0,
      change: 0,
      cut: 0,
      kept: NOTHING_KEPT,
    },
    bounds,
  );
}

/** What a later run may start from. */
export function foundLimits({ window, rate, kept }: Pace): FoundLimits {
  const { base } = kept.window ?? window;
  return { concurrency: window.searching ? null : base, ratePerSecond: (kept.rate ?? rate).perSecond };
}

/** Takes new bounds at once, whatever has been found. */
export function withBounds(pace: Pace, bounds: PaceBounds): Pace {
  const most = bounds.maxConcurrency ?? Number.POSITIVE_INFINITY;
  const { size, base, searching } = { ...pace.window, ...pace.kept.window };
  const window = { ...pace.window, size: Math.min(size, most), base: Math.min(base, most) };
  const found = { ...pace.rate, ...pace.kept.rate }.perSecond;
  const perSecond = boundRate(found, bounds);
  const kept = {
    window: window.size < size && !searching ? { size, base } : null,
    rate: perSecond === found ? null : { perSecond: found },
  };
  const change = pace.change + (window.size === pace.window.size ? 0 : 1);
  return { ...pace, bounds, window, rate: { ...pace.rate, perSecond }, kept, change };
}

/** Permits to be shared out at this time (ms since the epoch): 0 while the account rests, else >= 1. */
export function permitsOf({ window, restUntil }: Pace, now: number): number {
  return restUntil !== null && now < restUntil ? 0 : window.size;
}

/** Submissions per second to be shared out, > 0; `null`: as fast as permits allow. */
export function getRate({ rate, bounds }: Pace): number | null {
  return boundRate(rate.perSecond, bounds);
}

/** Accepted submissions after which a word lets the pace grow; `null`: none is waited for more than usual. */
export function computeReportThreshold({ window: { step, wait }, rate: { guessed, perSecond } }: Pace): number | null {
  const climbing = step > 1 && wait > 0 ? wait : Number.POSITIVE_INFINITY;
  const guessing = guessed === true && perSecond !== null ? perSecond * GUESS_REPORT_S : Number.POSITIVE_INFINITY;
  const accepted = Math.min(climbing, guessing);
  return Number.isFinite(accepted) ? accepted : null;
}

/**
 * Submissions that may go at once after time in which none went, >= 1: the provider's bucket has filled meanwhile.
 * `null`: no rate is known.
 */
export function burstOf(pace: Pace): number | null {
  const rate = getRate(pace);
  return rate === null ? null : Math.max(1, rate);
}

/** Takes in a report. Reports of several holders are taken in the order in which they arrive. */
export function applyPaceReport(pace: Pace, report: PaceReport): Paced {
  const counted = countAccepted(pace, report);
  const { concurrency, rate, unclear } = report.refusals;
  if (concurrency + rate + unclear === 0) return raiseWindow(counted, report);
  // Sent before the holder heard of the last cut: they say nothing of the window that there is now.
  if (report.paceSeen < pace.cut) return lateRefusals(counted, report);
  const refusals = classifyRefusals(counted, report);
  const next = unclear > 0 ? { ...counted, unclear: addUnclear(counted, report) } : counted;
  return refusals.RATE_LIMIT_EXCEEDED > 0
    ? applyRateRefusal(next, report, refusals)
    : applyWindowRefusal(next, report, refusals);
}

type RefusalsByCode = Readonly<Record<PaceCode, number>>;

function classifyRefusals(pace: Pace, report: PaceReport): RefusalsByCode {
  const { refusals } = report;
  const permitsLeft = takenIn(report) + refusals.unclear < pace.window.size;
  const code = tellApart(pace.unclear, addUnclear(pace, report), pace.rate.perSecond !== null, permitsLeft);
  return {
    CONCURRENT_JOBS_EXCEEDED: refusals.concurrency + (code === 'CONCURRENT_JOBS_EXCEEDED' ? refusals.unclear : 0),
    RATE_LIMIT_EXCEEDED: refusals.rate + (code === 'RATE_LIMIT_EXCEEDED' ? refusals.unclear : 0),
  };
}

function addUnclear({ unclear }: Pace, report: PaceReport): Unclear {
  return recordUnclear(unclear, report.at, takenIn(report));
}

function takenIn({ inFlight, unanswered = 0 }: PaceReport): number {
  return placesOf({ inFlight, unanswered });
}

function countAccepted(pace: Pace, { at, accepted, saturated, refusals }: PaceReport): Pace {
  const most = pace.bounds.maxRate ?? Number.POSITIVE_INFINITY;
  const rate = addAccepted(pace.rate, at, accepted, !saturated && refusals.concurrency === 0, most);
  const unclear = { ...pace.unclear, accepted: pace.unclear.accepted + accepted };
  return { ...pace, window: withAccepted(pace.window, accepted), rate, unclear };
}

function raiseWindow(pace: Pace, { at, saturated, paceSeen }: PaceReport): Paced {
  const { window, bounds, change } = pace;
  // A holder that was full of fewer permits has not tried what it was given since.
  if (!saturated || paceSeen < change) return { pace, decision: null };
  const grown = raise(window, at, bounds.maxConcurrency ?? Number.POSITIVE_INFINITY);
  if (grown.size === window.size) return { pace, decision: null };
  const decision = `${window.size} → ${grown.size}: all were in flight and none was refused`;
  return { pace: { ...pace, window: grown, change: change + 1 }, decision };
}

function applyWindowRefusal(pace: Pace, report: PaceReport, refusals: RefusalsByCode): Paced {
  const { window } = pace;
  const { at, inFlight, unanswered = 0, paceSeen } = report;
  const refused = refusals.CONCURRENT_JOBS_EXCEEDED - window.surplus;
  // They were sent beyond the window, so that they say nothing of it.
  if (refused <= 0) return { pace: { ...pace, window: { ...window, surplus: -refused } }, decision: null };
  const cut = lower(window, { at, refused, inFlight, unanswered, outgrown: paceSeen < pace.change });
  const decision = cutText(window, cut, refused, report);
  const shutOut = takenIn(report) === 0 && window.sinceCut === 0 ? pace.shutOut + 1 : 0;
  // What is left when others held every place says nothing of the limit, so that it is searched when they leave.
  const found = shutOut > 0 ? { ...cut, searching: true } : cut;
  const kept = { ...pace.kept, window: null };
  return startRest({ ...pace, window: found, kept, shutOut }, at, computeRest(pace, report, shutOut), decision);
}

/** The last cut counted submissions as accepted that had no answer: those of them that are refused lower it further. */
function lateRefusals(pace: Pace, report: PaceReport): Paced {
  const { concurrency, unclear } = report.refusals;
  const refused = Math.min(concurrency + unclear, pace.window.unanswered);
  if (refused === 0) return { pace, decision: null };
  const window = lessUnanswered(pace.window, refused);
  const kept = { ...pace.kept, window: null };
  return startRest({ ...pace, window, kept }, report.at, null, cutText(pace.window, window, refused, report));
}

function cutText(before: Window, after: Window, refused: number, { inFlight, unanswered = 0 }: PaceReport): string {
  const open = unanswered === 0 ? '' : ` and ${unanswered} had no answer yet`;
  const change = `${before.size} → ${after.size}`;
  return `${change}: ${refused} × CONCURRENT_JOBS_EXCEEDED, ${inFlight} were in flight${open}`;
}

/**
 * A place becomes free when a job ends, and a cut window waits for that by itself: everybody is held only when even
 * that was refused, or when no job of ours can end since others have taken every place.
 */
function computeRest({ window }: Pace, { retryAfterMs }: PaceReport, shutOut: number): number | null {
  if (shutOut === 0) return window.sinceCut === 0 ? retryAfterMs : null;
  const { initialMs, coefficient, maximumMs } = PROVIDER_FAILURES.CONCURRENT_JOBS_EXCEEDED.backoff;
  return Math.max(retryAfterMs ?? 0, Math.round(Math.min(maximumMs, initialMs * coefficient ** (shutOut - 1))));
}

function applyRateRefusal(pace: Pace, report: PaceReport, refusals: RefusalsByCode): Paced {
  const { at, retryAfterMs } = report;
  if (at - (pace.rate.cutAt ?? Number.NEGATIVE_INFINITY) < SETTLING_MS) return keepRate(pace, at, retryAfterMs);
  const rate = cutRate(pace.rate, at, pace.unclear.perSecond);
  const kept = { ...pace.kept, rate: null };
  const bounded = { ...pace, kept, rate: { ...rate, perSecond: boundRate(rate.perSecond, pace.bounds) } };
  const change = `${describeRate(pace.rate)} → ${describeRate(bounded.rate)}`;
  const decision = `${change}: ${refusals.RATE_LIMIT_EXCEEDED} × RATE_LIMIT_EXCEEDED, ${report.inFlight} were in flight`;
  return startRest(bounded, at, retryAfterMs, decision);
}

/** The rate stays, and so does the wish of the provider. */
function keepRate(pace: Pace, at: number, restMs: number | null): Paced {
  if (restMs === null) return { pace, decision: null };
  return { pace: { ...pace, restUntil: Math.max(pace.restUntil ?? 0, at + restMs) }, decision: null };
}

function startRest(pace: Pace, at: number, restMs: number | null, decision: string): Paced {
  const change = pace.change + 1;
  const cut = { ...pace, change, cut: change };
  if (restMs === null) return { pace: cut, decision };
  const restUntil = Math.max(pace.restUntil ?? 0, at + restMs);
  return { pace: { ...cut, restUntil }, decision: `${decision}; rest of ${restMs / 1_000} s` };
}

function describeRate({ perSecond: rate }: Rate): string {
  return rate === null ? 'no rate' : `${rate.toFixed(1)}/s`;
}

function boundRate(rate: number | null, { maxRate }: PaceBounds): number | null {
  if (maxRate === null) return rate;
  return rate === null ? maxRate : Math.min(rate, maxRate);
}
