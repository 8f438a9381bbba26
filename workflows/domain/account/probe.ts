/** The probe: the one item sent to check whether a hold is over, and what it waits for. Pure. */
import { sumUsage } from '../leases/lease';
import type { Pace } from '../pace/pace';
import { type Hold, MAX_CLEARING_MS } from './account-hold';
import type { AccountState } from './account-state';
import { type Holder, isProbing } from './holder';

/** The probe waits for earlier submissions only while it has no place beside them, and not forever. */
export function isClearing(state: AccountState, now: number): boolean {
  const { hold, holders } = state;
  if (hold?.probing !== true || holders.some(isProbing) || !isAnyBeforeProbe(state)) return false;
  return now < (hold.clearBy ?? 0) || sumUsage(holders).held >= countKnownPlaces(state.pace);
}

/** The known maximum of jobs in flight; while the limit is being searched, the configured bound. */
function countKnownPlaces({ window, bounds }: Pace): number {
  return window.searching ? (bounds.maxConcurrency ?? Number.POSITIVE_INFINITY) : window.size;
}

/** Whether submissions from before the probe are still in flight. */
export function isAnyBeforeProbe({ holders }: AccountState): boolean {
  return holders.some((holder) => holder.held > 0 && !isProbing(holder));
}

/** Lets one holder send a probe: the one that already does, else one with more to do than it has in flight. */
export function limitToProbe(holders: readonly Holder[]): readonly Holder[] {
  const isAhead = holders.some(isProbing) ? isProbing : ({ wants, held }: Holder) => wants > held;
  return holders.map((holder) => ({ ...holder, wants: isAhead(holder) ? Math.min(1, holder.wants) : 0 }));
}

/** An earlier probe's submission may still be in flight; the next probe waits for it as for any other. */
export function restartClearing(
  hold: Hold | null,
  before: readonly Holder[],
  after: readonly Holder[],
  now: number,
): Hold | null {
  if (hold?.probing !== true || !before.some(isProbing) || after.some(isProbing)) return hold;
  return { ...hold, clearBy: now + MAX_CLEARING_MS };
}
