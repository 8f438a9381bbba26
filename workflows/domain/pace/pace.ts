/**
 * The pace of an account: jobs in flight and submissions per second. The provider publishes neither limit, so both are
 * discovered and followed when they change. Pure: a pace and a report in, a pace and a decision text out.
 */
import { PROVIDER_FAILURES } from '../failures/failures';
import { addAccepted, cutRate, newRate, type Rate } from './rate';
import { isRaisedEarly } from './recovery';
import {
  guessLimit,
  NO_UNCODED_REFUSALS,
  type PaceCode,
  recordUncodedRefusal,
  type UncodedRefusals,
} from './uncoded-refusals';
import { countPlaces, lessUnanswered, lower, newWindow, raise, type Window, withAccepted } from './window';

/** Known limits of the plan; never exceeded. */
export interface PaceBounds {
  /** Jobs in flight, whole, >= 1; `null` if unknown. */
  readonly maxConcurrency: number | null;
  /** Submissions per second, > 0; `null` if unknown. */
  readonly maxRate: number | null;
}

/** How often a guessed rate is reconsidered, in seconds. */
const GUESS_REPORT_S = 2;

/** How long after a cut refusals may still concern submissions sent at the old rate, in ms. */
const SETTLING_MS = 800;

/** No known limits. */
export const NO_BOUNDS: PaceBounds = { maxConcurrency: null, maxRate: null };

/** Limits discovered by an earlier run; `null` if it met none. */
export interface FoundLimits {
  readonly concurrency: number | null;
  readonly ratePerSecond: number | null;
}

/** Everything known about an account's limits. Plain data for continue-as-new. */
export interface Pace {
  readonly bounds: PaceBounds;
  readonly window: Window;
  readonly rate: Rate;
  readonly uncoded: UncodedRefusals;
  /** Earliest next submission, in ms since the epoch; `null` if the provider never requested a rest. */
  readonly restUntil: number | null;
  /** Cuts in a row during which nothing of ours was in flight or accepted. */
  readonly shutOut: number;
  /** Number of the newest change of permits; holders report which one they knew. */
  readonly change: number;
  /** Number of the newest cut: submissions sent without knowing it must not cut again. */
  readonly cut: number;
  /**
   * The discovered window before a bound reduced it; restored when the bound is lifted, unless a refusal came since.
   */
  readonly kept: Kept;
}

interface Kept {
  /** `null` if no bound has reduced it. */
  readonly window: Pick<Window, 'size' | 'base'> | null;
  readonly rate: Pick<Rate, 'perSecond'> | null;
}

const NOTHING_KEPT: Kept = { window: null, rate: null };

/** Refused submissions, and accepted ones whose job failed with a limit's code; each >= 0. */
export interface Refusals {
  readonly concurrency: number;
  readonly rate: number;
  /** Refused with a 429 without a code. */
  readonly uncoded: number;
}

/** A holder's report about the time since its previous report. */
export interface PaceReport {
  /** Time of the report, in ms since the epoch. */
  readonly at: number;
  /** Accepted unfinished jobs of the whole account at that time, without the refused ones; >= 0. */
  readonly inFlight: number;
  /** Submissions of the whole account without an answer yet, >= 0. */
  readonly unanswered: number;
  /** Number of accepted submissions, >= 0. */
  readonly accepted: number;
  readonly refusals: Refusals;
  /** Longest delay requested by the provider, in ms; `null` if none. */
  readonly retryAfterMs: number | null;
  /** Newest change known when the refused submissions were sent; without refusals, at the time of the report. */
  readonly paceSeen: number;
  /** Whether at some time all permits known to it were in flight while work waited. */
  readonly saturated: boolean;
}

export interface Paced {
  readonly pace: Pace;
  /** Why permits or rate changed, for people; `null` if there is nothing to report. */
  readonly decision: string | null;
}

/** Starts from `remembered` limits; without them the search starts with four permits and no rate. */
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
      uncoded: NO_UNCODED_REFUSALS,
      restUntil: null,
      shutOut: 0,
      change: 0,
      cut: 0,
      kept: NOTHING_KEPT,
    },
    bounds,
  );
}

/** Limits that a later run may start from. */
export function foundLimits({ window, rate, kept }: Pace): FoundLimits {
  const { base } = kept.window ?? window;
  return { concurrency: window.searching ? null : base, ratePerSecond: (kept.rate ?? rate).perSecond };
}

/** Applies new bounds immediately, whatever was discovered. */
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

/** Sends nothing before `until`, in ms since the epoch. */
export function withRest(pace: Pace, until: number): Pace {
  return { ...pace, restUntil: Math.max(pace.restUntil ?? 0, until) };
}

/** Submissions per second, > 0; `null` if only permits limit them. */
export function getRate({ rate, bounds }: Pace): number | null {
  return boundRate(rate.perSecond, bounds);
}

/** Accepted submissions after which a report lets the pace grow; `null` if no extra report is awaited. */
export function computeReportThreshold({ window, rate: { guessed, perSecond } }: Pace): number | null {
  const { size, step, wait, recovery } = window;
  const climbing = (step > 1 || isRaisedEarly(recovery, size)) && wait > 0 ? wait : Number.POSITIVE_INFINITY;
  const guessing = guessed && perSecond !== null ? perSecond * GUESS_REPORT_S : Number.POSITIVE_INFINITY;
  const accepted = Math.min(climbing, guessing);
  return Number.isFinite(accepted) ? accepted : null;
}

/** Applies a report. Reports of several holders are applied in order of arrival. */
export function applyPaceReport(pace: Pace, report: PaceReport): Paced {
  const counted = countAccepted(pace, report);
  const { concurrency, rate, uncoded } = report.refusals;
  if (concurrency + rate + uncoded === 0) return raiseWindow(counted, report);
  // Sent before the holder knew of the last cut, so it says nothing about the current window.
  if (report.paceSeen < pace.cut) return lateRefusals(counted, report);
  const refusals = classifyRefusals(counted, report);
  const next = uncoded > 0 ? { ...counted, uncoded: addUncodedRefusals(counted, report) } : counted;
  return refusals.RATE_LIMIT_EXCEEDED > 0
    ? applyRateRefusal(next, report, refusals)
    : applyWindowRefusal(next, report, refusals);
}

type RefusalsByCode = Readonly<Record<PaceCode, number>>;

function classifyRefusals(pace: Pace, report: PaceReport): RefusalsByCode {
  const { refusals } = report;
  const hasFreePermits = takenIn(report) + refusals.uncoded < pace.window.size;
  const code = guessLimit(pace.uncoded, addUncodedRefusals(pace, report), pace.rate.perSecond !== null, hasFreePermits);
  return {
    CONCURRENT_JOBS_EXCEEDED: refusals.concurrency + (code === 'CONCURRENT_JOBS_EXCEEDED' ? refusals.uncoded : 0),
    RATE_LIMIT_EXCEEDED: refusals.rate + (code === 'RATE_LIMIT_EXCEEDED' ? refusals.uncoded : 0),
  };
}

function addUncodedRefusals({ uncoded }: Pace, report: PaceReport): UncodedRefusals {
  return recordUncodedRefusal(uncoded, report.at, takenIn(report));
}

function takenIn({ inFlight, unanswered }: PaceReport): number {
  return countPlaces({ inFlight, unanswered });
}

function countAccepted(pace: Pace, { at, accepted, saturated, refusals }: PaceReport): Pace {
  const most = pace.bounds.maxRate ?? Number.POSITIVE_INFINITY;
  const rate = addAccepted(pace.rate, at, accepted, !saturated && refusals.concurrency === 0, most);
  const uncoded = { ...pace.uncoded, accepted: pace.uncoded.accepted + accepted };
  return { ...pace, window: withAccepted(pace.window, accepted), rate, uncoded };
}

function raiseWindow(pace: Pace, { at, saturated, paceSeen }: PaceReport): Paced {
  const { window, bounds, change } = pace;
  // A holder saturated with fewer permits has not tried its newer ones.
  if (!saturated || paceSeen < change) return { pace, decision: null };
  const grown = raise(window, at, bounds.maxConcurrency ?? Number.POSITIVE_INFINITY);
  if (grown.size === window.size) return { pace, decision: null };
  const decision = `${window.size} → ${grown.size}: all were in flight and none was refused`;
  return { pace: { ...pace, window: grown, change: change + 1 }, decision };
}

function applyWindowRefusal(pace: Pace, report: PaceReport, refusals: RefusalsByCode): Paced {
  const { window } = pace;
  const { at, inFlight, unanswered, paceSeen } = report;
  const refused = refusals.CONCURRENT_JOBS_EXCEEDED - window.surplus;
  // Sent beyond the window, so it says nothing about it.
  if (refused <= 0) return { pace: { ...pace, window: { ...window, surplus: -refused } }, decision: null };
  const cut = lower(window, { at, refused, inFlight, unanswered, outgrown: paceSeen < pace.change });
  const decision = cutText(window, cut, refused, report);
  const shutOut = takenIn(report) === 0 && window.sinceCut === 0 ? pace.shutOut + 1 : 0;
  // If others held every place, the remainder says nothing about the limit, so the search restarts when they leave.
  const found = shutOut > 0 ? { ...cut, searching: true, recovery: null } : cut;
  const kept = { ...pace.kept, window: null };
  return startRest({ ...pace, window: found, kept, shutOut }, at, computeRest(pace, report, shutOut), decision);
}

/** The last cut counted unanswered submissions as accepted; those that are refused lower the window further. */
function lateRefusals(pace: Pace, report: PaceReport): Paced {
  const { concurrency, uncoded } = report.refusals;
  const refused = Math.min(concurrency + uncoded, pace.window.unanswered);
  if (refused === 0) return { pace, decision: null };
  const window = lessUnanswered(pace.window, refused);
  const kept = { ...pace.kept, window: null };
  return startRest({ ...pace, window, kept }, report.at, null, cutText(pace.window, window, refused, report));
}

function cutText(before: Window, after: Window, refused: number, { inFlight, unanswered }: PaceReport): string {
  const open = unanswered === 0 ? '' : ` and ${unanswered} had no answer yet`;
  const change = `${before.size} → ${after.size}`;
  return `${change}: ${refused} × CONCURRENT_JOBS_EXCEEDED, ${inFlight} were in flight${open}`;
}

/**
 * Decides about a rest. A place becomes free when a job ends, and a cut window waits for that anyway. All holders rest
 * only if even the cut window was refused, or if no job of ours can end because others hold every place.
 */
function computeRest({ window }: Pace, { retryAfterMs }: PaceReport, shutOut: number): number | null {
  if (shutOut === 0) return window.sinceCut === 0 ? retryAfterMs : null;
  const { initialMs, coefficient, maximumMs } = PROVIDER_FAILURES.CONCURRENT_JOBS_EXCEEDED.backoff;
  return Math.max(retryAfterMs ?? 0, Math.round(Math.min(maximumMs, initialMs * coefficient ** (shutOut - 1))));
}

function applyRateRefusal(pace: Pace, report: PaceReport, refusals: RefusalsByCode): Paced {
  const { at, retryAfterMs } = report;
  if (at - (pace.rate.cutAt ?? Number.NEGATIVE_INFINITY) < SETTLING_MS) return keepRate(pace, at, retryAfterMs);
  const rate = cutRate(pace.rate, at, pace.uncoded.perSecond);
  const kept = { ...pace.kept, rate: null };
  const bounded = { ...pace, kept, rate: { ...rate, perSecond: boundRate(rate.perSecond, pace.bounds) } };
  const change = `${describeRate(pace.rate)} → ${describeRate(bounded.rate)}`;
  const decision = `${change}: ${refusals.RATE_LIMIT_EXCEEDED} × RATE_LIMIT_EXCEEDED, ${report.inFlight} were in flight`;
  return startRest(bounded, at, retryAfterMs, decision);
}

/** Keeps the rate and applies the provider's requested rest. */
function keepRate(pace: Pace, at: number, restMs: number | null): Paced {
  if (restMs === null) return { pace, decision: null };
  return { pace: withRest(pace, at + restMs), decision: null };
}

function startRest(pace: Pace, at: number, restMs: number | null, decision: string): Paced {
  const change = pace.change + 1;
  const cut = { ...pace, change, cut: change };
  if (restMs === null) return { pace: cut, decision };
  return { pace: withRest(cut, at + restMs), decision: `${decision}; rest of ${restMs / 1_000} s` };
}

function describeRate({ perSecond: rate }: Rate): string {
  return rate === null ? 'no rate' : `${rate.toFixed(1)}/s`;
}

function boundRate(rate: number | null, { maxRate }: PaceBounds): number | null {
  if (maxRate === null) return rate;
  return rate === null ? maxRate : Math.min(rate, maxRate);
}
