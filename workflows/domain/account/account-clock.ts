/** When time alone changes the state of an account. Pure. */
import { computeDayEnd } from '../money/day-budget';
import { findOutOfBudget } from '../money/day-reserve';
import { type AccountState, isClosed } from './account-state';
import { nextLapseAt } from './lapses';
import { nextHoursAt } from './open-hours';
import { listOperationProbeTimes } from './operation-holds';
import { isAnyBeforeProbe } from './probe';
import { computeItemSpacingMs } from './rate-shares';
import { computeSilenceEnd } from './store-hold';

/** How long a holder keeps a permit that it owes to another one, in ms. */
const ROTATION_MS = 5_000;

/** Next time at which time alone changes something, in ms since the epoch; `null` if never. */
export function nextTickAt(state: AccountState, now: number): number | null {
  const { store } = state;
  const times = [
    nextDivisionAt(state, now),
    store === null ? null : computeSilenceEnd(store),
    nextLapseAt(state),
    nextHoursAt(state, now),
    ...listOperationProbeTimes(state),
  ];
  const known = times.filter((at) => at !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function nextDivisionAt(state: AccountState, now: number): number | null {
  const { hold } = state;
  if (hold !== null && !hold.probing) return hold.probeAt;
  const { clearBy } = hold ?? { clearBy: null };
  if (clearBy !== null && clearBy > now && isAnyBeforeProbe(state)) return clearBy;
  const itemAt = nextItemAt(state);
  if (itemAt > now && state.queue.length > 0) return itemAt;
  const isOpen = state.hold === null && state.store === null && !isClosed(state.hours);
  if (isOpen && hasWaitingBatch(state)) return state.dividedAt + ROTATION_MS;
  return state.day.usedUpAt === null ? null : computeDayEnd(state.day);
}

/** Single items go one by one while the rate is limited, and none during a rest requested by the provider. */
export function nextItemAt(state: AccountState): number {
  const { pace, hold, itemAt } = state;
  // A probe goes alone.
  const spacingMs = hold?.probing === true ? null : computeItemSpacingMs(state);
  return Math.max(pace.restUntil ?? 0, spacingMs === null ? 0 : itemAt + spacingMs);
}

/** Whether there are fewer permits than batches, which must then rotate. */
function hasWaitingBatch({ day, holders }: AccountState): boolean {
  const outOfBudget = findOutOfBudget(day);
  return holders.some(
    ({ id, kind, wants, permits, held }) =>
      kind === 'batch' && wants > 0 && permits + held === 0 && !outOfBudget.has(id),
  );
}
