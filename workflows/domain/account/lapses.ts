/** Holders that say nothing for long: what they are not known to use is for others, until they speak. Pure. */
import { type AccountState, computeWindow, listIds, recordDecision } from './account-state';
import type { Holder } from './holder';

/**
 * Whoever says nothing for so long keeps only what it has in flight, if others wait. Longer than the longest POST, during
 * which a holder has nothing to say.
 */
const MAX_SILENCE_MS = 75_000;

/** A single image says nothing while its job runs, which is over by then. */
const MAX_ITEM_SILENCE_MS = 30 * 60_000;

/** When one that says nothing loses what it does not use; `null`: never, for nobody waits for it. */
export function nextLapseAt(state: AccountState): number | null {
  if (computeWindow(state) === 0) return null;
  const times = state.holders.filter((holder) => isIdle(holder) && isWaitedFor(state, holder)).map(computeLapse);
  return times.length === 0 ? null : Math.min(...times);
}

function computeLapse({ kind, quietSince }: Holder): number {
  return quietSince + (kind === 'item' ? MAX_ITEM_SILENCE_MS : MAX_SILENCE_MS);
}

/** It has permits of which it is not known that they are used. */
function isIdle({ kind, held, inFlight, isSilent }: Holder): boolean {
  return !isSilent && held > 0 && (kind === 'item' || held > inFlight);
}

function isWaitedFor({ queue, holders }: AccountState, { id }: Holder): boolean {
  return queue.length > 0 || holders.some((other) => other.id !== id && !other.isSilent && other.wants > other.held);
}

/** What holders have that say nothing is for others, until they speak. */
export function withdrawUnused(state: AccountState, now: number): AccountState {
  if (computeWindow(state) === 0) return state;
  const isLapsed = (holder: Holder) => isIdle(holder) && computeLapse(holder) <= now && isWaitedFor(state, holder);
  const lapsed = state.holders.filter(isLapsed).map(({ id }) => id);
  if (lapsed.length === 0) return state;
  const holders = state.holders.map((holder) => (lapsed.includes(holder.id) ? silence(holder) : holder));
  return recordDecision(
    { ...state, holders },
    `silent, so that others have what they do not use: ${listIds(lapsed)}`,
    now,
  );
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
