/** What is told of an account, to people and to scripts. */
import type { HolderKind, HoldNotice } from './account';
import { noticeOf } from './account-hold';
import { type AccountState, inFlightOf, windowOf } from './account-state';
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
    hold: hold === null ? null : noticeOf(hold),
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
