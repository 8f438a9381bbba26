/** Lends the unused permits of silent holders to others until they report. Pure. */
import { type AccountState, computeWindow, listIds, recordDecision } from './account-state';
import type { Holder } from './holder';
import { hasOpenItem } from './operation-probes';

/**
 * Silence after which a holder keeps only its jobs in flight if others wait, in ms. Longer than the longest POST,
 * during which a holder has nothing to report.
 */
const MAX_SILENCE_MS = 75_000;

/** The same for a single item, in ms: it is silent while its job runs, which is over by then. */
const MAX_ITEM_SILENCE_MS = 30 * 60_000;

/** When a silent holder loses its unused permits; `null` if never, because no other holder waits. */
export function nextLapseAt(state: AccountState): number | null {
  if (computeWindow(state) === 0) return null;
  const idle = state.holders.filter(isIdle);
  const times = idle.filter(findWaiters(state, idle)).map(computeLapse);
  return times.length === 0 ? null : Math.min(...times);
}

function computeLapse({ kind, quietSince }: Holder): number {
  return quietSince + (kind === 'item' ? MAX_ITEM_SILENCE_MS : MAX_SILENCE_MS);
}

/** Whether it has permits that are not known to be in use. */
function isIdle({ kind, held, inFlight, isSilent }: Holder): boolean {
  return !isSilent && held > 0 && (kind === 'item' || held > inFlight);
}

/** Whether others wait for the permits of one of these idle holders. */
function findWaiters(state: AccountState, idle: readonly Holder[]): (holder: Holder) => boolean {
  if (idle.length > 0 && hasOpenItem(state)) return () => true;
  return ({ id }) => state.holders.some((other) => other.id !== id && !other.isSilent && other.wants > other.held);
}

/** Lends the unused permits of silent holders until they report. */
export function withdrawUnused(state: AccountState, now: number): AccountState {
  if (computeWindow(state) === 0) return state;
  const due = state.holders.filter((holder) => isIdle(holder) && computeLapse(holder) <= now);
  const lapsed = due.filter(findWaiters(state, due)).map(({ id }) => id);
  if (lapsed.length === 0) return state;
  const holders = state.holders.map((holder) => (lapsed.includes(holder.id) ? silence(holder) : holder));
  return recordDecision({ ...state, holders }, `lent unused permits of silent holders: ${listIds(lapsed)}`, now);
}

function silence(holder: Holder): Holder {
  const inFlight = holder.kind === 'item' ? 0 : holder.inFlight;
  return {
    ...holder,
    inFlight,
    unanswered: 0,
    held: inFlight,
    permits: Math.min(holder.permits, inFlight),
    isSilent: true,
  };
}
