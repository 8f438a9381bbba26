/** The state of a batch as callers read it. */
import type { Charge } from '../item/item';
import type { BatchState } from './batch-state';
import type { Tally } from './tally';

/** What a batch is doing, as fresh as its pages know it. */
export interface BatchStatus {
  readonly id: string;
  /** `failed`: an operator or a defect ended the coordinator. */
  readonly state: BatchState['state'] | 'failed';
  /** Why it is paused, was cancelled or failed. */
  readonly reason: string | null;
  readonly counts: Tally['counts'] & { readonly total: number; readonly skipped: number };
  /** Failed and unknown items by code. */
  readonly failures: Readonly<Record<string, number>>;
  /** Accepted jobs that cannot be read now, by what was met, for instance `HTTP 404`: they are read on. */
  readonly unreadable: Readonly<Record<string, number>>;
  readonly submissions: number;
  /** What the provider says that completed jobs cost; `null` in a unit that it has not named. */
  readonly charged: Charge;
  /** What submissions cost by the prices that were given, failed jobs excepted. */
  readonly cost: number;
  /** Submissions that were sent again although an earlier one of the item may have been accepted. */
  readonly possibleDuplicates: number;
  /** `null` unless it is paused; `account`: every batch of the account waits. */
  readonly pausedBy: BatchState['pausedBy'];
  /** Why no batch of the account may submit; `null`: any may. */
  readonly hold: BatchState['hold'];
  /** Jobs in flight that the account allows it now; `null` before it was told. */
  readonly permits: number | null;
  readonly budget: BatchState['budget'];
  /** ISO 8601, as the next two. */
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly finishedAt: string | null;
}

/** @param endedBy how the coordinator was ended from outside; `null` if it was not */
export function statusOf(
  id: string,
  state: BatchState,
  endedBy: string | null,
  unreadable: BatchStatus['unreadable'] = {},
): BatchStatus {
  const { tally, total, skipped, pausedBy, hold, permits, budget, startedAt, updatedAt, finishedAt } = state;
  return {
    id,
    state: endedBy === null ? state.state : 'failed',
    reason: endedBy === null ? state.reason : `the workflow of the batch was ${endedBy}`,
    counts: { total, ...tally.counts, skipped },
    failures: tally.failures,
    unreadable,
    submissions: tally.submissions,
    charged: { credits: tally.charged['credits'] ?? null, usd: tally.charged['usd'] ?? null },
    cost: tally.cost,
    possibleDuplicates: tally.duplicates,
    pausedBy: endedBy === null ? pausedBy : null,
    hold: endedBy === null ? hold : null,
    permits,
    budget,
    startedAt,
    updatedAt,
    finishedAt,
  };
}
