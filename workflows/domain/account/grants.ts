/** The governor's grants: what a holder receives with its permits, and when a change is sent. Pure. */
import type { HoldNotice } from '../failures/hold-codes';
import type { AccountGrant } from '../leases/governor-protocol';
import { isGrantDue, type Pacing, sharePacing, withGrant, withPermits } from '../leases/lease';
import { toMemory } from '../money/day-draws';
import { findOutOfBudget, toAllowance } from '../money/day-reserve';
import { buildUsedUpNotice } from '../money/day-status';
import { computeReportThreshold, foundLimits, getRate } from '../pace/pace';
import { toNotice } from './account-hold';
import type { AccountState } from './account-state';
import type { Holder } from './holder';
import { buildStoreNotice } from './store-hold';

/** Parts of a grant that are the same for all holders, computed once because there may be thousands. */
export interface SharedGrantParts {
  /** Of the whole account. */
  readonly pacing: Pacing;
  readonly remembered: AccountGrant['remembered'];
  /** Holders that cannot pay for anything today. */
  readonly outOfBudget: ReadonlySet<string>;
  /** Why those holders have no permit. */
  readonly usedUp: HoldNotice;
}

export function buildSharedGrantParts(state: AccountState, now: number): SharedGrantParts {
  const { day, pace } = state;
  const memory = toMemory(day, now);
  const remembered = { ...foundLimits(pace), ...(memory === undefined ? {} : { day: memory }) };
  const pacing = buildPacing(state);
  return { pacing, remembered, outOfBudget: findOutOfBudget(day), usedUp: buildUsedUpNotice(day, now) };
}

function buildPacing({ pace, hold, streaks }: AccountState): Pacing {
  const rate = getRate(pace);
  const reportAfter = computeReportThreshold(pace);
  return {
    spacingMs: rate === null ? null : 1_000 / rate,
    restUntil: pace.restUntil,
    paceChange: pace.change,
    ...(reportAfter === null ? {} : { reportAfter }),
    ...(streaks.lost > 0 ? { answersLost: true } : {}),
    probe: hold?.probing === true,
  };
}

export function updateGrant(
  state: AccountState,
  shared: SharedGrantParts,
  holder: Holder,
  permits: number,
  now: number,
): Holder {
  const grant = buildGrant(state, shared, holder, permits);
  const quietSince = permits > holder.held ? now : holder.quietSince;
  const lease = { ...withPermits(holder, permits), quietSince };
  return holder.kind === 'item' ? grantItem(lease, grant, now) : grantBatch(lease, grant);
}

/** Grants a single item its permit; it counts as in flight from then on and gets no further grants. */
function grantItem(lease: Holder, grant: AccountGrant, now: number): Holder {
  const item = { ...lease, inFlight: lease.held, unanswered: 0 };
  if (grant.permits === 0 || (lease.lastGrant?.permits ?? 0) > 0) return item;
  // Its next report comes when its job has ended.
  return { ...withGrant(item, grant), lastSeenAt: now };
}

function grantBatch(lease: Holder, grant: AccountGrant): Holder {
  return isGrantDue(lease, grant, isSameHold) ? withGrant(lease, grant) : lease;
}

function isSameHold({ hold: left }: AccountGrant, { hold: right }: AccountGrant): boolean {
  return left?.code === right?.code && left?.since === right?.since;
}

export function buildGrant(
  state: AccountState,
  shared: SharedGrantParts,
  holder: Holder,
  permits: number,
): AccountGrant {
  const { day, pace } = state;
  const allowance = toAllowance(day, holder.id);
  return {
    ...sharePacing(shared.pacing, permits, pace.window.size),
    // Single items are released one by one, as the rate allows.
    ...(holder.kind === 'item' ? { spacingMs: null } : {}),
    number: holder.grantNumber + 1,
    permits,
    hold: permits > 0 ? null : selectNotice(state, shared, holder),
    remembered: shared.remembered,
    ...(allowance === undefined ? {} : { allowance }),
  };
}

/** Why it has no permits; `null` if other holders have them all. */
function selectNotice(
  { hold, store }: AccountState,
  { outOfBudget, usedUp }: SharedGrantParts,
  { id }: Holder,
): HoldNotice | null {
  if (hold !== null) return toNotice(hold);
  if (store !== null) return buildStoreNotice(store);
  return outOfBudget.has(id) ? usedUp : null;
}
