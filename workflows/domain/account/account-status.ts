/** The status of an account for people and scripts. */
import type { HoldNotice } from '../failures/hold-codes';
import type { HolderKind } from '../leases/governor-protocol';
import type { Balance, HoldBelow } from '../money/balance';
import { buildUsedUpNotice, type DayStatus, toDayStatus } from '../money/day-status';
import { getRate } from '../pace/pace';
import { type Hold, toNotice } from './account-hold';
import { parseEntry } from './account-queue';
import { type AccountState, computeWindow, countInFlight } from './account-state';
import type { Holder } from './holder';
import type { OpenHours } from './hours';
import { findHoursNotice } from './open-hours';
import { buildStoreNotice } from './store-hold';

export interface AccountStatus {
  readonly account: string;
  /** Maximum jobs in flight now. */
  readonly limit: number;
  /** Accepted jobs that are not known to have ended. */
  readonly inFlight: number;
  /** Submissions that a limit has refused since the governor began. They are free. */
  readonly refusals: number;
  /** Maximum submissions per second; `null` if no limit is known. */
  readonly ratePerSecond: number | null;
  /** The first hold of the whole account; `null` if it is open, whatever operations are held. */
  readonly hold: HoldNotice | null;
  /** All holds: first those of the account, then those of single operations. */
  readonly holds: readonly AccountHold[];
  /** The newest balance that an answer has reported; `null` if none has. */
  readonly balance: BalanceStatus | null;
  /** The account is held if its balance is below this; `null`: no bound. */
  readonly holdBelow: HoldBelow;
  /** The hours in which it spends; `null`: at any time. */
  readonly hours: OpenHours | null;
  /** Spending and budget of today. */
  readonly day: DayStatus;
  /** Batches, single items with a permit, and the first of those that wait for one. */
  readonly holders: readonly HolderStatus[];
  /** Number of single items that wait for a permit. */
  readonly waiting: number;
  /** Newest last, at most twenty. */
  readonly decisions: readonly { readonly at: string; readonly words: string }[];
}

interface BalanceStatus extends Balance {
  /** ISO 8601. */
  readonly at: string;
}

export interface AccountHold extends HoldNotice {
  /** The operation that it applies to; `null` for all. */
  readonly operation: string | null;
  /** Whether a probe is in progress. */
  readonly probing: boolean;
  /**
   * Time of the next automatic probe, ISO 8601; `null` if probes are sent on request, or when budget or store allow it.
   */
  readonly nextProbeAt: string | null;
}

interface HolderStatus {
  readonly id: string;
  readonly kind: HolderKind;
  readonly weight: number;
  readonly permits: number;
  readonly inFlight: number;
  readonly wants: number;
}

/** Maximum waiting items listed. */
const QUEUED_SHOWN = 100;

export function toAccountStatus(account: string, state: AccountState): AccountStatus {
  const { holders, queue, decisions, pace, balance, holdBelow, hours, refusals = 0 } = state;
  const holds = listHolds(state);
  const first = holds.find(({ operation }) => operation === null);
  return {
    account,
    limit: computeWindow(state),
    inFlight: countInFlight(state),
    refusals,
    ratePerSecond: getRate(pace),
    hold: first === undefined ? null : toNoticeHold(first),
    holds,
    balance: balance === null ? null : { ...balance, at: new Date(balance.at).toISOString() },
    holdBelow,
    hours: hours === undefined ? null : { windows: hours.windows, timezone: hours.timezone },
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

function listHolds(state: AccountState): readonly AccountHold[] {
  const { operationHolds } = state;
  const ofOperations = Object.entries(operationHolds).map(([operation, hold]) => ({
    ...toNotice(hold),
    ...toProbeStatus(hold),
    operation,
  }));
  return [...listAccountHolds(state), ...ofOperations];
}

function listAccountHolds({ hold, store, day, hours }: AccountState): readonly AccountHold[] {
  const met = hold === null ? [] : [{ ...toNotice(hold), ...toProbeStatus(hold), operation: null }];
  const kept = store === null ? [] : [{ ...buildStoreNotice(store), ...NO_PROBE, operation: null }];
  const closed = findHoursNotice({ hours });
  const outside = closed === null ? [] : [{ ...closed, ...NO_PROBE, operation: null }];
  const account = [...met, ...kept, ...outside];
  if (day.usedUpAt === null) return account;
  // It only blocks holders that want more than is left, but these are all that are waiting.
  return [...account, { ...buildUsedUpNotice(day, day.usedUpAt), ...NO_PROBE, operation: null }];
}

const NO_PROBE = { probing: false, nextProbeAt: null } as const;

function toProbeStatus({ probing, probeAt }: Hold): Pick<AccountHold, 'probing' | 'nextProbeAt'> {
  return { probing, nextProbeAt: probeAt === null ? null : new Date(probeAt).toISOString() };
}

function toNoticeHold({ code, since, until, cause, remedy }: AccountHold): HoldNotice {
  return { code, since, until, cause, remedy };
}
