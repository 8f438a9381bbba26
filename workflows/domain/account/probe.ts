/** The item that goes ahead of all others to see whether a hold is over, and what it waits for. Pure. */
import { sumUsage } from '../leases/lease';
import type { Pace } from '../pace/pace';
import { type Hold, MAX_CLEARING_MS } from './account-hold';
import type { AccountState } from './account-state';
import { type Holder, isProbing } from './holder';

/** The probe waits for what is under way, but not for ever: only while there is no place for it besides. */
export function isClearing(state: AccountState, now: number): boolean {
  const { hold, holders } = state;
  if (hold?.probing !== true || holders.some(isProbing) || !isAnyBeforeProbe(state)) return false;
  return now < (hold.clearBy ?? 0) || sumUsage(holders).held >= countKnownPlaces(state.pace);
}

/** As many as may be in flight by all that is known; while the limit is looked for, that is what somebody has set. */
function countKnownPlaces({ window, bounds }: Pace): number {
  return window.searching ? (bounds.maxConcurrency ?? Number.POSITIVE_INFINITY) : window.size;
}

/** Whether anything is under way that was begun before one was sent ahead. */
export function isAnyBeforeProbe({ holders }: AccountState): boolean {
  return holders.some((holder) => holder.held > 0 && !isProbing(holder));
}

/** One goes ahead: who does so already, else one that has more to do than it has under way. */
export function limitToProbe(holders: readonly Holder[]): readonly Holder[] {
  const isAhead = holders.some(isProbing) ? isProbing : ({ wants, held }: Holder) => wants > held;
  return holders.map((holder) => ({ ...holder, wants: isAhead(holder) ? Math.min(1, holder.wants) : 0 }));
}

/** What was sent ahead by one that goes ahead no more may still be under way: the next waits for it as for all else. */
export function restartClearing(
  hold: Hold | null,
  before: readonly Holder[],
  after: readonly Holder[],
  now: number,
): Hold | null {
  if (hold?.probing !== true || !before.some(isProbing) || after.some(isProbing)) return hold;
  return { ...hold, clearBy: now + MAX_CLEARING_MS };
}
