/** Holds of single operations: an outage of one leaves the others open. Pure. */
import { getOwn } from '../base/own-value';
import {
  isCauseOver,
  isSubmitTimeCode,
  type OperationFeedback,
  type OperationFeedbacks,
} from '../leases/operation-feedback';
import { type Hold, MAX_OUTAGES_IN_A_ROW, newOutageHold, startProbe, withEarlierSuccess } from './account-hold';
import { type AccountState, recordDecision } from './account-state';

/** Judges feedback by operation: places, repeats and lifts holds of operations. */
export function applyOperations(state: AccountState, feedbacks: OperationFeedbacks, now: number): AccountState {
  return Object.entries(feedbacks).reduce(
    (next, [operation, feedback]) => applyOperation(next, operation, feedback, now),
    state,
  );
}

function applyOperation(
  state: AccountState,
  operation: string,
  feedback: OperationFeedback,
  now: number,
): AccountState {
  const hold = getOwn(state.operationHolds, operation);
  if (hold === undefined) return judgeStreak(state, operation, feedback, now);
  // Submissions from before the probe do not show whether the outage is over, unless no item is left to send.
  const { ofProbe } = feedback;
  if (!hold.probing || ofProbe === undefined) return withHold(state, operation, withEarlierOutcome(hold, feedback));
  if (ofProbe.outages > 0) {
    return place(state, operation, newOutageHold(ofProbe.outageCode ?? hold.code, now, hold, ofProbe.cause), now);
  }
  return isCauseOver(ofProbe, hold.code) ? liftOperation(state, operation, hold, now) : state;
}

/** As faults in a row make an outage, a success that no fault follows ends it. */
function withEarlierOutcome(hold: Hold, feedback: OperationFeedback): Hold {
  if (feedback.outages === 0) return withEarlierSuccess(hold, feedback);
  const { earlierSucceeded: _isRefuted, ...others } = hold;
  return others;
}

function judgeStreak(state: AccountState, operation: string, { cause }: OperationFeedback, now: number): AccountState {
  const streak = getOwn(state.streaks.operations, operation);
  if (streak === undefined || streak.outages < MAX_OUTAGES_IN_A_ROW) return state;
  return place(state, operation, newOutageHold(streak.code, now, null, cause), now);
}

function place(state: AccountState, operation: string, hold: Hold, now: number): AccountState {
  const before = getOwn(state.operationHolds, operation);
  const again = before === undefined ? '' : ' again';
  const next = recordDecision(
    { ...withHold(state, operation, hold), streaks: withoutStreak(state, operation) },
    `held ${operation}${again}: ${hold.code}`,
    now,
  );
  return before?.again === true ? resumeOperation(next, operation, now) : next;
}

export function liftOperation(state: AccountState, operation: string, { code }: Hold, now: number): AccountState {
  const others = Object.entries(state.operationHolds).filter(([name]) => name !== operation);
  const next = { ...state, operationHolds: Object.fromEntries(others), streaks: withoutStreak(state, operation) };
  const lifted = recordDecision(next, `${operation} continues after ${code}`, now);
  // The provider can be reached again, so others that wait for that need not wait for their own probes.
  const isReached = ([, hold]: readonly [string, Hold]) =>
    !hold.probing && isSubmitTimeCode(code) && hold.code === code;
  return others.filter(isReached).reduce((state, [name]) => resumeOperation(state, name, now), lifted);
}

/** Sends a probe for each held operation. */
export function resumeOperations(state: AccountState, now: number): AccountState {
  return Object.keys(state.operationHolds).reduce((next, operation) => resumeOperation(next, operation, now), state);
}

/** Sends the automatic probes that are due. */
export function applyOperationTime(state: AccountState, now: number): AccountState {
  const due = Object.entries(state.operationHolds).filter(([, { probeAt }]) => probeAt !== null && probeAt <= now);
  return due.reduce((next, [operation]) => resumeOperation(next, operation, now), state);
}

function resumeOperation(state: AccountState, operation: string, now: number): AccountState {
  const hold = getOwn(state.operationHolds, operation);
  if (hold === undefined) return state;
  if (hold.probing) return hold.again === true ? state : withHold(state, operation, { ...hold, again: true });
  return recordDecision(
    withHold(state, operation, startProbe(hold, now)),
    `sending one ${operation} to check whether ${hold.code} has cleared`,
    now,
  );
}

/** Times of the next automatic probes, in ms since the epoch. */
export function listOperationProbeTimes({ operationHolds }: AccountState): readonly number[] {
  return Object.values(operationHolds).flatMap(({ probeAt }) => probeAt ?? []);
}

/** Number of a hold's probe in progress; `null` without one. The time of its start distinguishes it from all others. */
export function getProbeNumber({ probing, clearBy }: Hold): number | null {
  return probing ? clearBy : null;
}

function withHold(state: AccountState, operation: string, hold: Hold): AccountState {
  if (getOwn(state.operationHolds, operation) === hold) return state;
  return { ...state, operationHolds: { ...state.operationHolds, [operation]: hold } };
}

function withoutStreak({ streaks }: AccountState, operation: string): AccountState['streaks'] {
  const others = Object.entries(streaks.operations).filter(([name]) => name !== operation);
  return { ...streaks, operations: Object.fromEntries(others) };
}
