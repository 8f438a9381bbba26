/** What is told of a batch: its counts, its state and why it is in it. */
import type { HoldNotice } from '../failures/hold-codes';
import type { Allowance, Spending } from '../money/spending';
import { type BatchSchedule, isFinished, sumTally } from './batch-schedule';
import { countItems, type Tally } from './tally';

/** Beyond it the batch pauses or is cancelled: a number of items, or a share of all in percent. */
export type MaxFailures = { readonly items: number } | { readonly percent: number };
export type OnTooManyFailures = 'pause' | 'cancel';

/** Who or what has paused a batch; only the last of them is not the batch's own affair. */
export type PauseCause = 'request' | 'failures' | 'budget' | 'store' | 'account';

export interface BatchState {
  readonly state: 'running' | 'paused' | 'completed' | 'cancelled';
  /** Why it is paused or was cancelled. */
  readonly reason: string | null;
  /** `null` unless it is paused. */
  readonly pausedBy: PauseCause | null;
  /** Why no batch of the account may submit. */
  readonly hold: HoldNotice | null;
  readonly total: number;
  /** Rows that were left out since they were not right; not among the total. */
  readonly skipped: number;
  readonly tally: Tally;
  /** Jobs in flight at the most, as the caller wants it; `null`: as many as the account allows. */
  readonly concurrency: number | null;
  /** Jobs in flight that the account allows now; `null` before the governor's first word. */
  readonly permits: number | null;
  readonly budget: BudgetState | null;
  /** Pages that are open, with what they last reported; each knows its own tally better. */
  readonly open: readonly { readonly part: number; readonly tally: Tally }[];
  /** Everything but the open pages. */
  readonly rest: Tally;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly finishedAt: string | null;
}

/** A budget and what is drawn from it, counted from the start of this run of the batch. */
export interface BudgetState {
  readonly allowed: Allowance;
  /** Charged, or may be: jobs that completed or are under way, and submissions of unknown outcome. */
  readonly spent: Spending;
}

/** The state in one word. */
export function toStateWord(schedule: BatchSchedule): BatchState['state'] {
  if (schedule.control === 'cancelling') return isFinished(schedule) ? 'cancelled' : 'running';
  if (isFinished(schedule)) return 'completed';
  return schedule.control === 'paused' || schedule.grant?.hold ? 'paused' : 'running';
}

/** As Temporal's lists are searched: a batch that has completed may have made nothing. */
export function toSearchState({ state, tally: { counts } }: Pick<BatchState, 'state' | 'tally'>): string {
  const missed = counts.failed + counts.unknown + counts.cancelled;
  if (state !== 'completed' || missed === 0) return state;
  return counts.succeeded === 0 ? 'failed' : 'completed-with-failures';
}

export function countTotal(schedule: BatchSchedule): number {
  return countItems(sumTally(schedule));
}

/** `12` items or `5%`; `null` where it is neither. */
export function parseMaxFailures(text: string): MaxFailures | null {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? [];
  const value = Number(digits);
  if (digits === undefined || (percent === '%' ? value > 100 : !Number.isInteger(value))) return null;
  return percent === '%' ? { percent: value } : { items: value };
}

/** How many failures are tolerated, and how many were forgiven: by a resume, or since a redrive leaves them as they are. */
export interface Tolerance {
  readonly limit: MaxFailures | null;
  readonly forgiven: number;
}

/** Items that were not made and may have to be run again; those that ended unknown are among them. */
export function countFailures({ counts: { failed, unknown } }: Pick<Tally, 'counts'>): number {
  return failed + unknown;
}

/** The sentence with which a batch stops, or `null` while its failures are tolerated. */
export function describeExcessFailures(schedule: BatchSchedule, { limit, forgiven }: Tolerance): string | null {
  if (limit === null) return null;
  const tally = sumTally(schedule);
  const { failed, unknown } = tally.counts;
  const most = 'items' in limit ? limit.items : (countTotal(schedule) * limit.percent) / 100;
  const words = 'items' in limit ? `${limit.items}` : `${limit.percent} %`;
  if (countFailures(tally) - forgiven <= most) return null;
  const unknowns = unknown === 0 ? '' : ` and unknown ones: ${unknown}`;
  return `failed items: ${failed}${unknowns}, more than the ${words} that are tolerated`;
}
