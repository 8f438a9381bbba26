/** What is told of an account, to people and to scripts. */
import type { HoldNotice } from '../failures/hold-codes';
import type { HolderKind } from '../leases/governor-protocol';
import { buildUsedUpNotice, type DayStatus, toDayStatus } from '../money/day-status';
import { getRate } from '../pace/pace';
import { type Hold, toNotice } from './account-hold';
import { parseEntry } from './account-queue';
import { type AccountState, computeWindow, countInFlight } from './account-state';
import type { Holder } from './holder';
import { buildStoreNotice } from './store-hold';

export interface AccountStatus {
  readonly account: string;
  /** Jobs that may be in flight now. */
  readonly limit: number;
  /** Jobs that were accepted and are not known to have ended. */
  readonly inFlight: number;
  /** Submissions a second at the most; `null`: no limit is known. */
  readonly ratePerSecond: number | null;
  readonly hold: HoldNotice | null;
  /** Every hold there is, the one that is told first before the others. */
  readonly holds: readonly AccountHold[];
  /** What was spent today, and may be. */
  readonly day: DayStatus;
  /** Batches, single images with a permit, and the first of those that wait for one. */
  readonly holders: readonly HolderStatus[];
  /** Single images that wait for a permit. */
  readonly waiting: number;
  /** The newest last, at most twenty. */
  readonly decisions: readonly { readonly at: string; readonly words: string }[];
}

export interface AccountHold extends HoldNotice {
  /** The operation that it concerns; `null`: all of them. */
  readonly operation: string | null;
  /** One item goes ahead to see whether it is over. */
  readonly probing: boolean;
  /** When the next one goes by itself, ISO 8601; `null`: when somebody asks for it, or when budget or store allow it. */
  readonly nextProbeAt: string | null;
}

export interface HolderStatus {
  readonly id: string;
  readonly kind: HolderKind;
  readonly weight: number;
  readonly permits: number;
  readonly inFlight: number;
  readonly wants: number;
}

/** More would not be read. */
const QUEUED_SHOWN = 100;

export function toAccountStatus(account: string, state: AccountState): AccountStatus {
  const { holders, queue, decisions, pace } = state;
  const holds = listHolds(state);
  const [first] = holds;
  return {
    account,
    limit: computeWindow(state),
    inFlight: countInFlight(state),
    ratePerSecond: getRate(pace),
    hold: first === undefined ? null : toNoticeHold(first),
    holds,
    day: toDayStatus(state.day),
    holders: [...holders.map(toHolderStatus), ...queue.slice(0, QUEUED_SHOWN).map(toQueuedStatus)],
    waiting: queue.length,
    decisions: decisions.map(({ at, words }) => ({ at: new Date(at).toISOString(), words })),
  };
}

function toHolderStatus({ id, kind, weight, permits, inFlight, wants }: Holder): HolderStatus {
  return { id, kind, weight, permits, inFlight, wants };
}

function toQueuedStatus(entry: string): HolderStatus {
  return { id: parseEntry(entry).id, kind: 'item', weight: 1, permits: 0, inFlight: 0, wants: 1 };
}

function listHolds({ hold, store, day }: AccountState): readonly AccountHold[] {
  const met = hold === null ? [] : [{ ...toNotice(hold), ...toProbeStatus(hold), operation: null }];
  const kept = store === null ? [] : [{ ...buildStoreNotice(store), ...NO_PROBE, operation: null }];
  const account = [...met, ...kept];
  if (day.usedUpAt === null) return account;
  // It holds only those who want more than there is, but they are all who are waiting.
  return [...account, { ...buildUsedUpNotice(day, day.usedUpAt), ...NO_PROBE, operation: null }];
}

const NO_PROBE = { probing: false, nextProbeAt: null } as const;

function toProbeStatus({ probing, probeAt }: Hold): Pick<AccountHold, 'probing' | 'nextProbeAt'> {
  return { probing, nextProbeAt: probeAt === null ? null : new Date(probeAt).toISOString() };
}

function toNoticeHold({ code, since, until, cause, remedy }: AccountHold): HoldNotice {
  return { code, since, until, cause, remedy };
}
