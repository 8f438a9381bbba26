/** Transitions between held and open: by feedback, by time, and on request. Pure. */
import { HELD_BY_REQUEST } from '../failures/hold-codes';
import { NO_STREAKS } from '../leases/fault-streaks';
import { type Hold, newRequestedHold, startProbe } from './account-hold';
import { type AccountState, recordDecision } from './account-state';
import { advanceHours } from './open-hours';
import { applyOperationTime, resumeOperations } from './operation-holds';
import { computeSilenceEnd, newStoreHold, STORE_CODE } from './store-hold';

export function holdAccount(state: AccountState, reason: string, now: number): AccountState {
  return placeHold(state, newRequestedHold(reason, now), now);
}

export function placeHold(state: AccountState, hold: Hold, now: number): AccountState {
  const again = state.hold?.probing ? ' again' : '';
  const next = recordDecision({ ...state, hold }, `held${again}: ${hold.code}`, now);
  return state.hold?.again === true && hold.kind !== 'request' ? resumeAccount(next, now) : next;
}

export function liftHold(state: AccountState, now: number): AccountState {
  const { hold } = state;
  return recordDecision(
    { ...state, hold: null, streaks: { ...NO_STREAKS, operations: state.streaks.operations } },
    `continues after ${hold?.code ?? HELD_BY_REQUEST}`,
    now,
  );
}

/** Ends a hold whose probe no item is left to send, if earlier submissions have succeeded since it was requested. */
export function liftIdleHold(state: AccountState, now: number): AccountState {
  const { hold, holders, queue } = state;
  const isIdle = holders.length === 0 && queue.length === 0;
  return isIdle && hold?.earlierSucceeded === true ? liftHold(state, now) : state;
}

/** Ends a hold by request or by the store; for any other hold, also those of operations, sends a probe. */
export function resumeAccount(state: AccountState, now: number): AccountState {
  return resumeHold(resumeOperations(liftStoreHold(state, now), now), now);
}

function resumeHold(state: AccountState, now: number): AccountState {
  const { hold } = state;
  if (hold === null) return state;
  if (hold.probing) return hold.again === true ? state : { ...state, hold: { ...hold, again: true } };
  if (hold.kind === 'request') return liftHold(state, now);
  return recordDecision(
    { ...state, hold: startProbe(hold, now) },
    `sending one probe to check whether ${hold.code} has cleared`,
    now,
  );
}

/** Applies a worker's report that results cannot be stored, or can again (`null`). */
export function applyStoreReport(state: AccountState, problem: string | null, now: number): AccountState {
  if (problem === null) return liftStoreHold(state, now);
  const store = newStoreHold(state.store, problem, now);
  if (state.store !== null) return { ...state, store };
  return recordDecision({ ...state, store }, `held: ${STORE_CODE}: ${store.cause}`, now);
}

function liftStoreHold(state: AccountState, now: number): AccountState {
  return state.store === null ? state : recordDecision({ ...state, store: null }, `continues after ${STORE_CODE}`, now);
}

/** Sends the automatic probes that are due. */
export function applyTime(given: AccountState, now: number): AccountState {
  const before = advanceHours(given, now);
  const isStoreSilent = before.store !== null && computeSilenceEnd(before.store) <= now;
  const state = applyOperationTime(isStoreSilent ? liftStoreHold(before, now) : before, now);
  const { probeAt } = state.hold ?? { probeAt: null };
  return probeAt !== null && probeAt <= now && state.hold?.probing === false ? resumeHold(state, now) : state;
}
