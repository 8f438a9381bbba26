/** The governor's grants: what a holder receives with its permits, and when a change is sent. Pure. */
import type { HoldNotice } from '../failures/hold-codes';
import type { AccountGrant, OperationHoldNotice } from '../leases/governor-protocol';
import { isGrantDue, type Pacing, sharePacing, withGrant, withPermits } from '../leases/lease';
import { describeBalance } from '../money/balance';
import type { DayBudget } from '../money/day-budget';
import { toMemory } from '../money/day-draws';
import { findOutOfBudget, toAllowance } from '../money/day-reserve';
import { buildUsedUpNotice } from '../money/day-status';
import { computeReportThreshold, foundLimits } from '../pace/pace';
import { toNotice } from './account-hold';
import type { AccountState } from './account-state';
import type { Holder } from './holder';
import { findHoursNotice } from './open-hours';
import { type Probers, toHeldOperations } from './operation-probes';
import { computeSpacingMs, type GivenOut } from './rate-shares';
import { getRestUntil } from './restore-account';
import { buildStoreNotice } from './store-hold';

/** What holders receive alike, computed once per division because there may be thousands of them. */
export interface SharedGrantParts {
  /** Holders that cannot pay for anything today. */
  readonly outOfBudget: ReadonlySet<string>;
  /** A grant without the parts that belong to one holder. */
  readonly getTerms: (permits: number, isOutOfBudget: boolean) => Terms;
  /** What is said of held operations; empty if none is. */
  readonly getOperations: (holder: Pick<Holder, 'id' | 'kind'>) => Operations;
}

type Operations = Pick<AccountGrant, 'heldOperations' | 'operationHolds'>;

type Terms = Omit<AccountGrant, 'number' | 'allowance' | keyof Operations>;

/**
 * @param outOfBudget holders that cannot pay for anything today
 * @param givenOut permits that share rate and reports
 */
export function buildSharedGrantParts(
  state: AccountState,
  now: number,
  outOfBudget: ReadonlySet<string> = findOutOfBudget(state.day),
  givenOut: GivenOut = { all: 0, batches: 0 },
  probers: Probers = new Map(),
): SharedGrantParts {
  const { day, pace, holdBelow } = state;
  const bounds = describeBalance(holdBelow) === '' ? {} : { holdBelow };
  const remembered = { ...foundLimits(pace), restUntil: getRestUntil(state), day: toMemory(day, now) };
  const pacing = buildPacing(state, givenOut, now);
  const notice = buildNotice(state);
  const usedUp = outOfBudget.size === 0 ? null : buildUsedUpNotice(day, now);
  const build = (permits: number, withoutPermits: HoldNotice | null): Terms => {
    const hold = permits > 0 ? null : withoutPermits;
    return { ...sharePacing(pacing, permits, givenOut.all), ...bounds, permits, hold, remembered };
  };
  const byPermits = new Map<number, Terms>();
  const getTerms = (permits: number, isOutOfBudget: boolean) => {
    if (isOutOfBudget) return build(permits, notice ?? usedUp);
    const terms = byPermits.get(permits) ?? build(permits, notice);
    byPermits.set(permits, terms);
    return terms;
  };
  return { outOfBudget, getTerms, getOperations: buildOperations(state, probers) };
}

function buildOperations(state: AccountState, probers: Probers): SharedGrantParts['getOperations'] {
  const held = Object.entries(state.operationHolds);
  if (held.length === 0) return () => ({});
  const operationHolds = held.map(([operation, hold]) => ({ operation, ...toNotice(hold) }));
  return (holder) => {
    const heldOperations = toHeldOperations(state, probers, holder);
    if (holder.kind === 'batch') return { heldOperations, operationHolds };
    return Object.keys(heldOperations).length === 0 ? {} : { heldOperations };
  };
}

/** Why no holder has permits; `null` if some may have. */
function buildNotice({ hold, store, hours }: AccountState): HoldNotice | null {
  if (hold !== null) return toNotice(hold);
  return store === null ? findHoursNotice({ hours }) : buildStoreNotice(store);
}

function buildPacing(state: AccountState, givenOut: GivenOut, now: number): Pacing {
  const { pace, hold, streaks } = state;
  return {
    spacingMs: computeSpacingMs(state, givenOut, now),
    restUntil: pace.restUntil,
    paceChange: pace.change,
    reportAfter: computeReportThreshold(pace),
    answersLost: streaks.lost > 0,
    probe: hold?.probing === true,
  };
}

export function updateGrant(
  day: DayBudget,
  shared: SharedGrantParts,
  holder: Holder,
  permits: number,
  now: number,
): Holder {
  return holder.kind === 'item'
    ? grantItem(day, shared, setPermits(holder, permits, now), now)
    : grantBatch(day, shared, setPermits(holder, permits, now));
}

function setPermits(holder: Holder, permits: number, now: number): Holder {
  const lease = withPermits(holder, permits);
  return permits > holder.held ? { ...lease, quietSince: now } : lease;
}

/** Grants a single item its permit; it counts as in flight from then on and gets no further grants. */
function grantItem(day: DayBudget, shared: SharedGrantParts, lease: Holder, now: number): Holder {
  const isCounted = lease.inFlight === lease.held && lease.unanswered === 0;
  const item = isCounted ? lease : { ...lease, inFlight: lease.held, unanswered: 0 };
  if (lease.permits === 0 || (lease.lastGrant?.permits ?? 0) > 0) return item;
  // Its next report comes when its job has ended.
  return { ...withGrant(item, buildGrant(day, shared, item)), lastSeenAt: now };
}

function grantBatch(day: DayBudget, shared: SharedGrantParts, lease: Holder): Holder {
  const grant = buildGrant(day, shared, lease);
  return isGrantDue(lease, grant, isSameHold) ? withGrant(lease, grant) : lease;
}

function isSameHold(left: AccountGrant, right: AccountGrant): boolean {
  return (
    left.hold?.code === right.hold?.code &&
    left.hold?.since === right.hold?.since &&
    listCodes(left.operationHolds) === listCodes(right.operationHolds)
  );
}

function listCodes(holds: readonly OperationHoldNotice[] = []): string {
  return holds.map(({ operation, code, since }) => `${operation} ${code} ${since}`).join();
}

/** The next grant of a holder with these permits. */
export function buildGrant(
  day: DayBudget,
  { outOfBudget, getTerms, getOperations }: SharedGrantParts,
  { id, kind, permits, grantNumber }: Pick<Holder, 'id' | 'kind' | 'permits' | 'grantNumber'>,
): AccountGrant {
  return {
    ...getTerms(permits, outOfBudget.has(id)),
    ...getOperations({ id, kind }),
    // Single items are released one by one, as the rate allows.
    ...(kind === 'item' ? { spacingMs: null } : null),
    number: grantNumber + 1,
    allowance: toAllowance(day, id),
  };
}
