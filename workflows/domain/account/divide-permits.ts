/** Divides the account's permits among its holders and selects the grants to send. Pure. */
import { advanceDay, computeDayEnd } from '../money/day-budget';
import { forgetDraws, openItemDraws } from '../money/day-draws';
import { findOutOfBudget, reserve } from '../money/day-reserve';
import { getRate } from '../pace/pace';
import { nextItemAt } from './account-clock';
import { parseEntry, type Queue, withFirst } from './account-queue';
import { computeFairShares, computeTargets, divideWindow } from './account-shares';
import { type AccountState, computeWindow, recordDecision } from './account-state';
import { buildSharedGrantParts, updateGrant } from './grants';
import { type Holder, isProbing, isWaitingItem, newItemHolder } from './holder';
import { withdrawUnused } from './lapses';
import { advanceHours } from './open-hours';
import { chooseProbers, countProbes, type Probers, selectOpen } from './operation-probes';
import { isClearing, limitToProbe, restartClearing } from './probe';
import { recordItem, sumGivenOut } from './rate-shares';
import { rejectImpatient } from './rejections';

/** Maximum single items with a permit: each is audited and carried through continue-as-new. */
const MAX_ITEMS_IN_FLIGHT = 1_000;

/** Divides the window and returns the grants to send. */
export function dividePermits(
  before: AccountState,
  now: number,
): { readonly state: AccountState; readonly notify: readonly Holder[] } {
  const { state: called, dismissed } = rejectImpatient(withdrawUnused(advanceHours(before, now), now), now);
  const probers = chooseProbers(called);
  const { state: opened, promoted } = promote(called, probers, now);
  const state = reserveForDay(opened, now);
  const outOfBudget = findOutOfBudget(state.day);
  const window = isClearing(state, now) ? 0 : computeWindow(state);
  const current = accrueDeficits(state, outOfBudget, window, now);
  const claims = holdBackItems(state, current, now)
    .map((claim) => withProbes(probers, claim))
    .map((claim) => withAffordableWants(outOfBudget, claim));
  const permits =
    state.hold?.probing === true ? computeTargets(window, limitToProbe(claims)) : divideWindow(window, claims);
  const shared = buildSharedGrantParts(state, now, outOfBudget, sumGivenOut(current, permits), probers);
  const next = current.map((holder, index) => updateGrant(state.day, shared, holder, permits[index] ?? 0, now));
  const isItemGranted = next.some(
    (holder, index) => holder.kind === 'item' && holder.held > (current[index]?.held ?? 0),
  );
  const hold = restartClearing(state.hold, current, next, now);
  const times = isItemGranted ? recordItem(state, now) : {};
  const result = { ...state, ...times, hold, holders: next, dividedAt: now };
  return {
    state: demote(result, promoted),
    notify: [...dismissed, ...next.filter((holder, index) => holder.lastGrant !== current[index]?.lastGrant)],
  };
}

/** Moves the first queued items, as many as could fit, into the division. */
function promote(
  state: AccountState,
  probers: Probers,
  now: number,
): { readonly state: AccountState; readonly promoted: readonly string[] } {
  const { hold, holders, queue } = state;
  const going = holders.filter((holder) => (hold?.probing === true ? isProbing(holder) : isGoing(holder)));
  const room = Math.max(0, Math.min(computeWindow(state), MAX_ITEMS_IN_FLIGHT) - going.length);
  const open = selectOpen(queue, state, probers);
  const items = open.slice(0, room).map(parseEntry);
  if (items.length === 0) return { state, promoted: [] };
  const promoted = items.map(({ id }) => id).filter((id) => !Object.hasOwn(state.day.draws, id));
  const day = openItemDraws(advanceDay(state.day, now), items);
  const all = [...holders, ...items.map((item) => newItemHolder(item, now))];
  return { state: { ...state, day, holders: all, queue: withoutFirst(queue, open, room) }, promoted };
}

/** Removes the first entries of a selection, which may be the whole queue. */
function withoutFirst(queue: Queue, selected: Queue, count: number): Queue {
  if (selected === queue) return queue.slice(count);
  const taken = new Set(selected.slice(0, count));
  return queue.filter((entry) => !taken.has(entry));
}

function isGoing({ kind, isSilent }: Holder): boolean {
  return kind === 'item' && !isSilent;
}

/** Returns items without a permit to the front of the queue. */
function demote(state: AccountState, promoted: readonly string[]): AccountState {
  const back = state.holders.filter(isWaitingItem);
  if (back.length === 0) return state;
  const ids = new Set(back.map(({ id }) => id));
  return {
    ...state,
    day: forgetDraws(
      state.day,
      promoted.filter((id) => ids.has(id)),
    ),
    holders: state.holders.filter((holder) => !isWaitingItem(holder)),
    queue: withFirst(state.queue, back),
  };
}

/** Reserves the next spending of each holder, single items first. */
function reserveForDay(state: AccountState, now: number): AccountState {
  const { holders } = state;
  const items = holders.filter(({ kind }) => kind === 'item');
  const batches = holders.filter(({ kind }) => kind === 'batch');
  const day = reserve(advanceDay(state.day, now), [...items, ...batches], now);
  const next = { ...state, day };
  if (day.usedUpAt === null || state.day.usedUpAt !== null) return next;
  return recordDecision(
    next,
    `what may be spent today is used up, until ${new Date(computeDayEnd(day)).toISOString()}`,
    now,
  );
}

/** A probe is one item more than the holder could have in flight. */
function withProbes(probers: Probers, holder: Holder): Holder {
  const probes = countProbes(probers, holder);
  return probes === 0 ? holder : { ...holder, wants: holder.wants + probes };
}

/** A holder that cannot pay or is silent leaves its permits to the others. */
function withAffordableWants(outOfBudget: ReadonlySet<string>, holder: Holder): Holder {
  if (holder.isSilent) return { ...holder, wants: Math.min(holder.wants, holder.inFlight) };
  return outOfBudget.has(holder.id) ? { ...holder, wants: 0 } : holder;
}

/** Waiting items want nothing before they are due, and one at a time while the rate is limited. */
function holdBackItems(state: AccountState, holders: readonly Holder[], now: number): readonly Holder[] {
  let free = now < nextItemAt(state) ? 0 : getRate(state.pace) === null ? Number.POSITIVE_INFINITY : 1;
  return holders.map((holder) => {
    if (!isWaitingItem(holder)) return holder;
    free -= 1;
    return free >= 0 ? holder : { ...holder, wants: 0 };
  });
}

function accrueDeficits(
  state: AccountState,
  outOfBudget: ReadonlySet<string>,
  window: number,
  now: number,
): readonly Holder[] {
  const { holders, dividedAt } = state;
  const seconds = Math.min(60, (now - dividedAt) / 1_000);
  const claims = holders.map((holder) => withAffordableWants(outOfBudget, holder));
  const fair = seconds === 0 ? [] : computeFairShares(window, claims);
  return holders.map((holder, index) => {
    const accrued = holder.deficit + ((fair[index] ?? 0) - holder.permits) * seconds;
    const deficit = claims[index]?.wants === 0 ? 0 : Math.max(-60, Math.min(60, accrued));
    return deficit === holder.deficit ? holder : { ...holder, deficit };
  });
}
