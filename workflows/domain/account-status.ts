/** What is told of an account, to people and to scripts. */
import type { HolderKind, HoldNotice } from './account';
import { noticeOf } from './account-hold';
import { type AccountState, inFlightOf, windowOf } from './account-state';
import { type DayStatus, dayStatus, usedUpNotice } from './day-budget';
import { rateOf } from './pace';

export interface AccountStatus {
  readonly account: string;
  /** Jobs that may be in flight now. */
  readonly limit: number;
  /** Jobs that were accepted and are not known to have ended. */
  readonly inFlight: number;
  /** Submissions a second at the most; `null`: no limit is known. */
  readonly ratePerSecond: number | null;
  readonly hold: HoldNotice | null;
  /** What was spent today, and may be. */
  readonly day: DayStatus;
  readonly holders: readonly HolderStatus[];
  /** The newest last, at most twenty. */
  readonly decisions: readonly { readonly at: string; readonly words: string }[];
}

export interface HolderStatus {
  readonly id: string;
  readonly kind: HolderKind;
  readonly weight: number;
  readonly permits: number;
  readonly inFlight: number;
  readonly wants: number;
}

export function accountStatus(account: string, state: AccountState): AccountStatus {
  const { hold, holders, decisions, pace } = state;
  return {
    account,
    limit: windowOf(state),
    inFlight: inFlightOf(state),
    ratePerSecond: rateOf(pace),
    hold: hold === null ? usedUp(state) : noticeOf(hold),
    day: dayStatus(state.day),
    holders: holders.map(({ id, kind, weight, granted, inFlight, wants }) => ({
      id,
      kind,
      weight,
      permits: granted,
      inFlight,
      wants,
    })),
    decisions: decisions.map(({ at, words }) => ({ at: new Date(at).toISOString(), words })),
  };
}

/** It holds only those who want more than there is, but they are all who are waiting. */
function usedUp({ day }: AccountState): HoldNotice | null {
  return day.usedUpAt === null ? null : usedUpNotice(day, day.usedUpAt);
}
