/** What a governor without state takes over from batches that knew the one before it. Pure. */
import type { HolderReport } from '../leases/governor-protocol';
import { newPace, type Pace, withRest } from '../pace/pace';
import { MAX_SILENT_REST_MS, newRestHold } from './account-hold';
import type { AccountState } from './account-state';
import { placeHold } from './hold-transitions';

/** Until when the provider asked for rest, in ms since the epoch; `null` if it did not. Batches remember it. */
export function getRestUntil({ pace, hold }: Pick<AccountState, 'pace' | 'hold'>): number | null {
  const until = hold?.kind === 'rest' ? hold.until : null;
  return until === null ? pace.restUntil : Math.max(until, pace.restUntil ?? 0);
}

/** Applies what a holder remembers when it registers. */
export function restoreAccount(before: AccountState, report: HolderReport, now: number): AccountState {
  const state = { ...before, pace: restorePace(before, report) };
  const restUntil = report.remembered?.restUntil ?? 0;
  const isKnown = before.holders.some(({ id }) => id === report.holder);
  if (isKnown || restUntil <= now) return state;
  if (restUntil - now <= MAX_SILENT_REST_MS) return { ...state, pace: withRest(state.pace, restUntil) };
  return state.hold === null
    ? placeHold(state, newRestHold('RATE_LIMIT_EXCEEDED', restUntil - now, now, null), now)
    : state;
}

/** Limits are those that the first batch remembers. */
function restorePace({ pace, holders }: AccountState, { remembered }: HolderReport): Pace {
  if (remembered === null || holders.some(({ kind }) => kind === 'batch') || pace.change > 0) return pace;
  return newPace(pace.bounds, remembered);
}
