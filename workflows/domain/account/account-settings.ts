/** Account settings by people and workers: pace bounds and the daily budget. Pure. */
import { advanceDay, type DayCap, setCap } from '../money/day-budget';
import { type PaceBounds, withBounds } from '../pace/pace';
import { type AccountState, type Bounds, recordDecision } from './account-state';

/** Changes the daily budget; absent fields stay. */
export function setDayCap(state: AccountState, change: Partial<DayCap>, now: number): AccountState {
  const day = setCap(advanceDay(state.day, now), change);
  const { submissions, cost } = day.cap;
  const words = `at most ${submissions ?? 'any number of'} submissions and ${cost === null ? 'any cost' : `a cost of ${cost}`} a day`;
  return recordDecision({ ...state, day }, words, now);
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
  const words = `at most ${maxConcurrency ?? 'any number of'} jobs in flight and ${maxRate ?? 'any number of'} submissions/s, by setting`;
  return recordDecision({ ...state, pace: withBounds(state.pace, bounds) }, words, now);
}
