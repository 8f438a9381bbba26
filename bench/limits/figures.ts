/** Computes the figures of a run from the emulator's ledger. */
import type { Books, JobRecord, LimitPeriod } from './books';
import { fillPlaces, fillRate } from './possible';
import { countSteps, type Step, stretches } from './steps';

export interface Figures {
  /** Milliseconds from the first submission that count as search. */
  readonly searchMs: number;
  readonly makespanMs: number;
  /** Strict lower bound of the makespan. */
  readonly boundMs: number;
  /** Makespan of a scheduler that knows the limit and every end at once. */
  readonly possibleMs: number;
  /** After the search while work waits: mean in flight ÷ limit, or, with a rate, accepted per second ÷ rate. */
  readonly use: number;
  /** Share of all submissions that the limit refused, or let fail. */
  readonly throttled: number;
  readonly throttledAfterSearch: number;
  /** How far the share of the batch of several steps is from what its weight says, as a part of that; `null`: none. */
  readonly shareOff: number | null;
}

/** How the prompts of items of one step begin. */
const SIMPLE = 'benchmark';
const SEARCH_MS = 30_000;
/** Bound in ms below which the first third of a run, instead of the first 30 s, counts as search. */
const LONG_ENOUGH_MS = 45_000;

/**
 * @param items number of jobs
 * @param weight of the batch of several steps, beside one of weight 1; default: there is none
 */
export function computeFigures(books: Books, items: number, weight?: number): Figures {
  const placed = books.jobs.filter(({ heldPlace }) => heldPlace);
  if (placed.length === 0) throw new Error('no job was accepted');
  const begun = Math.min(...submissions(books).map(({ at }) => at));
  const waitingEnds = Math.max(...placed.map(({ acceptedAt }) => acceptedAt));
  const boundMs = computeBound(books.limitPeriods, placed, items, begun);
  const searchMs = boundMs >= LONG_ENOUGH_MS ? SEARCH_MS : boundMs / 3;
  const searched = begun + searchMs;
  return {
    searchMs,
    boundMs,
    possibleMs: possibleEnd(books.limitPeriods, placed, begun) - begun,
    makespanMs: finishedAt(placed, items) - begun,
    use: computeUse(books.limitPeriods, placed, searched, waitingEnds),
    throttled: throttledShare(books, begun),
    throttledAfterSearch: throttledShare(books, searched),
    shareOff: weight === undefined ? null : computeShareOff(placed, searched, weight / (weight + 1)),
  };
}

/** A run that did not finish has no end. */
function finishedAt(placed: readonly JobRecord[], items: number): number {
  const completed = placed.filter(({ status }) => status === 'completed');
  return completed.length < items ? Number.POSITIVE_INFINITY : Math.max(...completed.map(findEnd));
}

/** In these scenarios only limits refuse, and a job without a place was above the limit. */
function throttledShare(books: Books, from: number): number {
  const counted = submissions(books).filter(({ at }) => at >= from);
  return counted.filter(({ throttled }) => throttled).length / Math.max(1, counted.length);
}

function submissions({ jobs, refusals }: Books): readonly { readonly at: number; readonly throttled: boolean }[] {
  return [
    ...jobs.map(({ acceptedAt, heldPlace }) => ({ at: acceptedAt, throttled: !heldPlace })),
    ...refusals.map(({ at }) => ({ at, throttled: true })),
  ];
}

function computeUse(periods: readonly LimitPeriod[], placed: readonly JobRecord[], from: number, to: number): number {
  const rate = findRate(periods);
  if (rate === null) return placesUsed(periods, placed, from, to);
  const accepted = placed.filter(({ acceptedAt }) => acceptedAt > from && acceptedAt <= to).length;
  return accepted / ((to - from) / 1_000) / rate;
}

/** Counts the time in flight from the search until one of the two batches has nothing left to submit. */
function computeShareOff(placed: readonly JobRecord[], from: number, due: number): number {
  const isSimple = ({ prompt }: JobRecord) => prompt.startsWith(SIMPLE);
  const sides = [placed.filter((job) => !isSimple(job)), placed.filter(isSimple)];
  const to = Math.min(...sides.map((jobs) => Math.max(...jobs.map(({ acceptedAt }) => acceptedAt))));
  const [ofSteps = 0, ofOthers = 0] = sides.map((jobs) =>
    jobs.reduce((sum, job) => sum + Math.max(0, Math.min(findEnd(job), to) - Math.max(job.acceptedAt, from)), 0),
  );
  return Math.abs(ofSteps / (ofSteps + ofOthers) / due - 1);
}

/** Jobs above a limit that has just fallen do not count as use. */
function placesUsed(periods: readonly LimitPeriod[], placed: readonly JobRecord[], from: number, to: number): number {
  let [used, allowed] = [0, 0];
  for (const { from: start, to: end, values } of stretches(from, to, [flightSteps(placed), placeSteps(periods)])) {
    const [inFlight = 0, places = 0] = values;
    used += Math.min(inFlight, places) * (end - start);
    allowed += places * (end - start);
  }
  return used / allowed;
}

function computeBound(
  periods: readonly LimitPeriod[],
  placed: readonly JobRecord[],
  items: number,
  begun: number,
): number {
  const rate = findRate(periods);
  return rate === null ? placesBound(periods, placed, begun) : (items / rate) * 1_000;
}

/**
 * The minimum time for the true job times if no place was ever free. Jobs in flight above a limit that has just fallen
 * continue, and therefore count as places too.
 */
function placesBound(periods: readonly LimitPeriod[], placed: readonly JobRecord[], begun: number): number {
  const ends = Math.max(...placed.map(findEnd));
  let left = jobTimes(placed).reduce((sum, time) => sum + time, 0);
  for (const { from, to, values } of stretches(begun, ends, [flightSteps(placed), placeSteps(periods)])) {
    const places = Math.max(...values);
    if (places * (to - from) >= left) return from + left / places - begun;
    left -= places * (to - from);
  }
  return ends - begun;
}

function possibleEnd(periods: readonly LimitPeriod[], placed: readonly JobRecord[], begun: number): number {
  const rate = findRate(periods);
  if (rate === null) return fillPlaces(begun, jobTimes(placed), placeSteps(periods));
  return fillRate(begun, jobTimes(placed), rate);
}

/** In the order of acceptance. */
function jobTimes(placed: readonly JobRecord[]): readonly number[] {
  return placed.map((job) => findEnd(job) - job.acceptedAt);
}

/** Rates do not change within a scenario. */
function findRate(periods: readonly LimitPeriod[]): number | null {
  return periods.at(-1)?.limits.submitsPerSecond ?? null;
}

function flightSteps(placed: readonly JobRecord[]): readonly Step[] {
  return countSteps(placed.map((job) => ({ from: job.acceptedAt, to: findEnd(job) })));
}

function placeSteps(periods: readonly LimitPeriod[]): readonly Step[] {
  return periods.map(({ since, limits }) => ({
    at: since,
    value: Math.max(0, (limits.maxConcurrentJobs ?? 0) - limits.foreignJobs),
  }));
}

/** Jobs that end after the ledger was read add nothing. */
function findEnd({ acceptedAt, endedAt }: JobRecord): number {
  return endedAt ?? acceptedAt;
}
