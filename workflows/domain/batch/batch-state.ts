/** The public state of a batch: counts, state and reason. */
import type { HoldNotice } from '../failures/hold-codes';
import type { Allowance, Spending } from '../money/spending';
import { type BatchSchedule, isFinished, sumTally } from './batch-schedule';
import { isAllBlocked } from './open-operations';
import { countItems, type Tally } from './tally';

/** Number or percentage of failed items above which the batch pauses or is cancelled. */
export type MaxFailures = { readonly items: number } | { readonly percent: number };
export type OnTooManyFailures = 'pause' | 'cancel';

/** Who or what paused a batch; only `account` is a cause outside the batch. */
export type PauseCause = 'request' | 'failures' | 'budget' | 'store' | 'account';

export interface BatchState {
  readonly state: 'running' | 'paused' | 'completed' | 'cancelled';
  /** Why it is paused or was cancelled. */
  readonly reason: string | null;
  /** `null` unless it is paused. */
  readonly pausedBy: PauseCause | null;
  /** Why no batch of the account may submit; if all its items wait for a held operation, why that is held. */
  readonly hold: HoldNotice | null;
  readonly total: number;
  /** Number of invalid rows that were skipped; not part of the total. */
  readonly skipped: number;
  /** Number of rows of a sampled batch that no run has started; not part of the total. Absent: none. */
  readonly notStarted?: number;
  readonly tally: Tally;
  /** Maximum jobs in flight as set by the caller; `null` for as many as the account allows. */
  readonly concurrency: number | null;
  /** Jobs in flight that the account allows now; `null` before the governor's first grant. */
  readonly permits: number | null;
  readonly budget: BudgetState | null;
  /** Open pages with their last reported tally; a page's own tally is newer. */
  readonly open: readonly { readonly part: number; readonly tally: Tally }[];
  /** Tally of everything except open pages. */
  readonly rest: Tally;
  /** When it starts, ISO 8601; absent once it has. */
  readonly startsAt?: string;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly finishedAt: string | null;
}

/** A budget and its spending, counted from the start of this run of the batch. */
interface BudgetState {
  readonly allowed: Allowance;
  /** Charged or possibly charged: completed or running jobs, and submissions of unknown outcome. */
  readonly spent: Spending;
}

/** The state as one word. */
export function toBatchState(schedule: BatchSchedule): BatchState['state'] {
  if (schedule.control === 'cancelling') return isFinished(schedule) ? 'cancelled' : 'running';
  if (isFinished(schedule)) return 'completed';
  return schedule.control === 'paused' || schedule.grant?.hold || isAllBlocked(schedule) ? 'paused' : 'running';
}

/** State for searches in Temporal's lists: distinguishes a completed batch without results. */
export function toSearchState({ state, tally: { counts } }: Pick<BatchState, 'state' | 'tally'>): string {
  const missed = counts.failed + counts.unknown + counts.cancelled;
  if (state !== 'completed' || missed === 0) return state;
  return counts.succeeded === 0 ? 'failed' : 'completed-with-failures';
}

export function countTotal(schedule: BatchSchedule): number {
  return countItems(sumTally(schedule));
}

/** Parses `12` (items) or `5%`; returns `null` for anything else. */
export function parseMaxFailures(text: string): MaxFailures | null {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? [];
  const value = Number(digits);
  if (digits === undefined || (percent === '%' ? value > 100 : !Number.isInteger(value))) return null;
  return percent === '%' ? { percent: value } : { items: value };
}

/** How many failures are tolerated, and how many no longer count: excused by a resume, or left by a redrive. */
export interface Tolerance {
  readonly limit: MaxFailures | null;
  readonly forgiven: number;
}

/** Items without a result that may have to run again, including unknown ones. */
export function countFailures({ counts: { failed, unknown } }: Pick<Tally, 'counts'>): number {
  return failed + unknown;
}

/** The reason why a batch stops; `null` while its failures are tolerated. */
export function describeExcessFailures(schedule: BatchSchedule, { limit, forgiven }: Tolerance): string | null {
  if (limit === null) return null;
  const tally = sumTally(schedule);
  const { failed, unknown } = tally.counts;
  const most = 'items' in limit ? limit.items : (countTotal(schedule) * limit.percent) / 100;
  const words = 'items' in limit ? `${limit.items}` : `${limit.percent} %`;
  if (countFailures(tally) - forgiven <= most) return null;
  const unknowns = unknown === 0 ? '' : ` and unknown ones: ${unknown}`;
  return `failed items: ${failed}${unknowns}, more than the limit of ${words}`;
}
