/** The governor's state and what follows from it. Pure: a state in, a state out. */
import { type FaultStreaks, MAX_LOST_IN_A_ROW, NO_STREAKS } from '../leases/fault-streaks';
import { sumUsage } from '../leases/lease';
import { type Balance, type HoldBelow, NO_HOLD_BELOW } from '../money/balance';
import { type DayBudget, newDay } from '../money/day-budget';
import { closeDraws } from '../money/day-draws';
import { NO_BOUNDS, newPace, type Pace, type PaceBounds } from '../pace/pace';
import type { Hold } from './account-hold';
import { type Queue, withoutItems } from './account-queue';
import type { Holder } from './holder';
import type { AccountHours } from './hours';
import type { StoreHold } from './store-hold';

interface DecisionEntry {
  readonly at: number;
  readonly words: string;
}

/** Upper bounds by source. */
export interface Bounds {
  /** From the workers' settings. */
  readonly settings: PaceBounds;
  /** Set on request. */
  readonly request: PaceBounds;
}

/** Where notifications of the account go, and what was notified last. */
export interface AccountNotices {
  readonly url: string;
  /** Number of notifications so far. */
  readonly count: number;
  /** Code of the hold that was notified; `null`: that it has ended, or nothing. */
  readonly heldBy: string | null;
}

interface KnownBalance extends Balance {
  /** When it was reported to the governor, in ms since the epoch. */
  readonly at: number;
}

export interface AccountState {
  readonly bounds: Bounds;
  readonly pace: Pace;
  readonly day: DayBudget;
  /** Batches, and single items with a permit. */
  readonly holders: readonly Holder[];
  /** Single items that wait for a permit. */
  readonly queue: Queue;
  readonly hold: Hold | null;
  /** Set while results cannot be stored; ends automatically, independently of other holds. */
  readonly store: StoreHold | null;
  /** Holds of single operations, by operation; independent of holds of the account. */
  readonly operationHolds: Readonly<Record<string, Hold>>;
  /** The newest balance that an answer has reported, and when; `null` if none has. */
  readonly balance: KnownBalance | null;
  readonly holdBelow: HoldBelow;
  /** When it may spend; absent: at any time. */
  readonly hours?: AccountHours;
  /** Absent: no receiver is notified. */
  readonly notices?: AccountNotices;
  readonly streaks: FaultStreaks;
  /** Submissions that a limit has refused. Absent: none. */
  readonly refusals?: number;
  /** Newest last. */
  readonly decisions: readonly DecisionEntry[];
  /** When permits were last divided, in ms since the epoch. */
  readonly dividedAt: number;
  /** When a single item last received a permit, in ms since the epoch. */
  readonly itemAt: number;
  /** Mean time between the last single items that received a permit, in ms. Absent: there was none for a minute. */
  readonly itemGapMs?: number;
}

const MAX_DECISIONS = 20;

/** Maximum length of a decision's text, in characters. */
const MAX_WORDS = 300;

/** Maximum ids named in a decision. */
const MAX_IDS_NAMED = 3;

/** @param settings of the worker that starts the governor */
export function newAccount(settings: PaceBounds, now: number): AccountState {
  const bounds = { settings, request: NO_BOUNDS };
  return {
    bounds,
    pace: newPace(settings),
    day: newDay(now),
    holders: [],
    queue: [],
    hold: null,
    store: null,
    operationHolds: {},
    balance: null,
    holdBelow: NO_HOLD_BELOW,
    streaks: NO_STREAKS,
    decisions: [],
    dividedAt: now,
    itemAt: 0,
  };
}

/** Accepted jobs that are not known to have ended. */
export function countInFlight({ holders }: AccountState): number {
  return sumUsage(holders).inFlight;
}

export function isAllInUse(state: AccountState): boolean {
  const { inFlight, scheduled } = sumUsage(state.holders);
  return inFlight + scheduled >= state.pace.window.size;
}

/** Whether it is outside the hours. */
export function isClosed(hours: AccountHours | undefined): boolean {
  return hours !== undefined && hours.closedAt !== null;
}

/** Maximum jobs in flight for the whole account. */
export function computeWindow(state: AccountState): number {
  const { pace, hold, store, streaks, hours } = state;
  if (store !== null || isClosed(hours)) return 0;
  if (hold !== null) return hold.probing ? 1 : 0;
  if (streaks.lost === 0) return pace.window.size;
  // While answers are being lost, only enough submissions go out to find out whether all of them are.
  return Math.min(pace.window.size, countInFlight(state) + MAX_LOST_IN_A_ROW - streaks.lost);
}

/** Reclaims the permits of holders that ended without a report. */
export function reclaimPermits(state: AccountState, ids: readonly string[], now: number): AccountState {
  const known = state.holders.filter(({ id }) => ids.includes(id)).map(({ id }) => id);
  const left = removeHolders(state, ids);
  if (known.length === 0) return left;
  return recordDecision(
    { ...left, day: closeDraws(state.day, known) },
    `reclaimed permits of ended holders: ${listIds(known)}`,
    now,
  );
}

/** Records that these holders were checked and are alive. */
export function markSeen(state: AccountState, ids: readonly string[], now: number): AccountState {
  if (ids.length === 0) return state;
  const holders = state.holders.map((holder) => (ids.includes(holder.id) ? { ...holder, lastSeenAt: now } : holder));
  return { ...state, holders };
}

export function removeHolders(state: AccountState, ids: readonly string[]): AccountState {
  const holders = state.holders.filter(({ id }) => !ids.includes(id));
  return { ...state, holders, queue: withoutItems(state.queue, ids) };
}

export function recordDecision(state: AccountState, words: string, now: number): AccountState {
  return {
    ...state,
    decisions: [...state.decisions, { at: now, words: words.slice(0, MAX_WORDS) }].slice(-MAX_DECISIONS),
  };
}

export function listIds(ids: readonly string[]): string {
  const more = ids.length > MAX_IDS_NAMED ? ` and ${ids.length - MAX_IDS_NAMED} more` : '';
  return `${ids.slice(0, MAX_IDS_NAMED).join(', ')}${more}`;
}
