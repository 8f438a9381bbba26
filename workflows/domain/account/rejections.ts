/** Which single items hear that they get no permit, and why, in place of waiting for one. Pure. */
import type { HoldNotice } from '../failures/hold-codes';
import type { PermitAsk } from '../leases/governor-protocol';
import { advanceDay } from '../money/day-budget';
import { isPayable } from '../money/day-reserve';
import { buildUsedUpNotice } from '../money/day-status';
import { isRefusing, toNotice } from './account-hold';
import { hasItem, takeImpatient } from './account-queue';
import type { AccountState } from './account-state';
import { buildGrant, buildSharedGrantParts } from './grants';
import { type Holder, isProbing, newItemHolder } from './holder';
import { buildStoreNotice } from './store-hold';

/** Why an image is refused that does not want to wait; `null`: it may be queued. */
export function findRejection(
  state: AccountState,
  { holder, again }: Pick<PermitAsk, 'holder' | 'again'>,
  now: number,
): HoldNotice | null {
  const { hold, store, holders } = state;
  const isNew = again !== true && !holders.some(({ id }) => id === holder) && !hasItem(state.queue, holder);
  if (hold !== null && isRefusing(hold, isNew) && !isProbeWanted(state)) return toNotice(hold);
  if (store !== null && isNew) return buildStoreNotice(store);
  const day = advanceDay(state.day, now);
  return isPayable(day, null) ? null : buildUsedUpNotice(day, now);
}

/** Somebody has asked whether the hold is over, and nobody has gone to see: whoever comes next does. */
function isProbeWanted({ hold, holders }: AccountState): boolean {
  return hold?.probing === true && !holders.some(isProbing);
}

/** Images that do not wait for the end of what only a person can end hear of it, and wait no more. */
export function rejectImpatient(
  state: AccountState,
  now: number,
): { readonly state: AccountState; readonly dismissed: readonly Holder[] } {
  const notice = findCommonRejection(state, now);
  const { taken, queue } = notice === null ? { taken: [], queue: state.queue } : takeImpatient(state.queue);
  if (taken.length === 0 || notice === null) return { state, dismissed: [] };
  const shared = buildSharedGrantParts(state, now);
  const dismissed = taken.map((image) => {
    const holder = newItemHolder(image, now);
    return { ...holder, lastGrant: { ...buildGrant(state, shared, holder, 0), hold: notice } };
  });
  return { state: { ...state, queue }, dismissed };
}

/** Why images that do not want to wait are not kept, even if they are on their way. */
function findCommonRejection({ hold, day }: AccountState, now: number): HoldNotice | null {
  if (hold !== null && !hold.probing && isRefusing(hold, false)) return toNotice(hold);
  return day.usedUpAt !== null && !isPayable(advanceDay(day, now), null) ? buildUsedUpNotice(day, now) : null;
}
