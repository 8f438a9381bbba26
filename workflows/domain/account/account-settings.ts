/** Account settings by people and workers: pace bounds and the daily budget. Pure. */
import { advanceDay, type DayCap, setCap } from '../money/day-budget';
import { type PaceBounds, withBounds } from '../pace/pace';
import { type AccountState, type Bounds, recordDecision } from './account-state';

/** Changes the daily budget; absent fields stay. */
export function setDayCap(state: AccountState, change: Partial<DayCap>, now: number): AccountState {
  const day = setCap(advanceDay(state.day, now), change);
  const words = describeCap(change).join(', ');
  return words === '' ? { ...state, day } : recordDecision({ ...state, day }, words, now);
}

function describeCap({ submissions, cost, price, prices = {} }: Partial<DayCap>): readonly string[] {
  return [
    ...(submissions === undefined ? [] : [describeBound(submissions, 'submissions a day')]),
    ...(cost === undefined ? [] : [cost === null ? 'no bound on the cost a day' : `a cost of at most ${cost} a day`]),
    ...(price === undefined ? [] : [`price ${price}`]),
    ...Object.entries(prices).map(([operation, own]) => `price ${own} for ${operation}`),
  ];
}

function describeBound(most: number | null, of: string): string {
  return most === null ? `no bound on ${of}` : `at most ${most} ${of}`;
}

/** Sets the bounds of one source; the bounds of the other source still apply. */
export function setBounds(state: AccountState, by: keyof Bounds, said: PaceBounds, now: number): AccountState {
  const bounds = { ...state.bounds, [by]: said };
  return applyBounds({ ...state, bounds }, combineBounds(bounds), now);
}

function combineBounds({ settings, request }: Bounds): PaceBounds {
  return {
    maxConcurrency: minOrNull(settings.maxConcurrency, request.maxConcurrency),
    maxRate: minOrNull(settings.maxRate, request.maxRate),
  };
}

function minOrNull(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

function applyBounds(state: AccountState, bounds: PaceBounds, now: number): AccountState {
  const { maxConcurrency, maxRate } = bounds;
  const known = state.pace.bounds;
  if (maxConcurrency === known.maxConcurrency && maxRate === known.maxRate) return state;
  const words = `${describeBound(maxConcurrency, 'jobs in flight')} and ${describeBound(maxRate, 'submissions/s')}, by setting`;
  return recordDecision({ ...state, pace: withBounds(state.pace, bounds) }, words, now);
}
