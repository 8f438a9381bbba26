/** Rejects single items that do not wait for a permit, with the reason. Pure. */
import type { HoldNotice } from '../failures/hold-codes';
import type { PermitAsk } from '../leases/governor-protocol';
import { advanceDay } from '../money/day-budget';
import { isItemPayable, judgeItems } from '../money/day-reserve';
import { buildUsedUpNotice } from '../money/day-status';
import { isRefusing, toNotice } from './account-hold';
import { hasItem, type QueuedItem, takeImpatient } from './account-queue';
import type { AccountState } from './account-state';
import { buildGrant, buildSharedGrantParts } from './grants';
import { type Holder, isProbing, newItemHolder } from './holder';
import { advanceHours, findHoursNotice } from './open-hours';
import { buildStoreNotice } from './store-hold';

/** Why an item that does not wait is rejected; `null` if it may be queued. */
export function findRejection(
  before: AccountState,
  { holder, again, operation }: Pick<PermitAsk, 'holder' | 'again' | 'operation'>,
  now: number,
): HoldNotice | null {
  const state = advanceHours(before, now);
  const { hold, store, holders } = state;
  const isNew = !again && !holders.some(({ id }) => id === holder) && !hasItem(state.queue, holder);
  if (hold !== null && isRefusing(hold, isNew) && !isProbeWanted(state)) return toNotice(hold);
  if (store !== null && isNew) return buildStoreNotice(store);
  const closed = findHoursNotice(state);
  if (closed !== null) return closed;
  const day = advanceDay(state.day, now);
  return isItemPayable(day, operation) ? null : buildUsedUpNotice(day, now);
}

/** Whether a requested probe still needs an item; the next one that asks becomes it. */
function isProbeWanted({ hold, holders }: AccountState): boolean {
  return hold?.probing === true && !holders.some(isProbing);
}

/** Rejects items that do not wait for the end of a hold that only a person can end. */
export function rejectImpatient(
  state: AccountState,
  now: number,
): { readonly state: AccountState; readonly dismissed: readonly Holder[] } {
  const rejection = findCommonRejection(state, now);
  if (rejection === null) return { state, dismissed: [] };
  const { notice, isRejected } = rejection;
  const { taken, queue } = takeImpatient(state.queue, isRejected);
  if (taken.length === 0) return { state, dismissed: [] };
  const shared = buildSharedGrantParts(state, now);
  const dismissed = taken.map((image) => {
    const holder = newItemHolder(image, now);
    return { ...holder, lastGrant: { ...buildGrant(state.day, shared, holder), hold: notice } };
  });
  return { state: { ...state, queue }, dismissed };
}

interface CommonRejection {
  readonly notice: HoldNotice;
  readonly isRejected: (item: QueuedItem) => boolean;
}

/** Which items that do not wait are not kept, even if they have submitted before, and why. */
function findCommonRejection({ hold, day, hours }: AccountState, now: number): CommonRejection | null {
  if (hold !== null && !hold.probing && isRefusing(hold, false))
    return { notice: toNotice(hold), isRejected: () => true };
  const closed = findHoursNotice({ hours });
  if (closed !== null) return { notice: closed, isRejected: () => true };
  if (day.usedUpAt === null) return null;
  const isPayable = judgeItems(advanceDay(day, now));
  return { notice: buildUsedUpNotice(day, now), isRejected: ({ operation }) => !isPayable(operation) };
}
