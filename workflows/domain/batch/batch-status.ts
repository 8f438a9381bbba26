/** The status of a batch for people and scripts. */
import { withoutMissing } from '../base/without-missing';
import type { Charge } from '../item/item';
import type { BatchState } from './batch-state';
import type { StepCounts, Tally } from './tally';

/** The status of a batch, merged with what open pages have not reported yet. */
export interface BatchStatus {
  readonly id: string;
  /** `failed`: an operator or a defect ended the coordinator. */
  readonly state: BatchState['state'] | 'failed';
  /** Why it is paused, was cancelled or failed. */
  readonly reason: string | null;
  readonly counts: Tally['counts'] & Pick<BatchState, 'total' | 'skipped' | 'notStarted'>;
  /** Failed and unknown items by code. */
  readonly failures: Readonly<Record<string, number>>;
  /** Accepted jobs that are currently unreadable, by error, for instance `HTTP 404`; reads are retried. */
  readonly unreadable: Readonly<Record<string, number>>;
  /** Items by step: how many have reached it, by its outcome; `open` if it has not ended. Absent: items have one step. */
  readonly steps?: StepCounts;
  readonly submissions: number;
  /** Cost of completed jobs as reported by the provider; `null` for a unit that it has not named. */
  readonly charged: Charge;
  /** Cost of submissions by the given prices, without failed jobs. */
  readonly cost: number;
  /** Submissions of items with an earlier submission that may have been accepted. */
  readonly possibleDuplicates: number;
  /** Why it is paused; `null` unless it is. `account`: every batch of the account waits. */
  readonly pausedBy: BatchState['pausedBy'];
  /** The hold of the account; `null` if it is not held. */
  readonly hold: BatchState['hold'];
  /** Jobs in flight that the account currently allows it; `null` before the first grant. */
  readonly permits: number | null;
  readonly budget: BatchState['budget'];
  /** When it starts, ISO 8601; absent once it has. */
  readonly startsAt?: string;
  /** ISO 8601, like the next two. */
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly finishedAt: string | null;
}

/** @param endedBy what ended the coordinator from outside; `null` if nothing did */
export function toBatchStatus(
  id: string,
  state: BatchState,
  endedBy: string | null,
  unreadable: BatchStatus['unreadable'] = {},
): BatchStatus {
  const { tally, total, skipped, notStarted, pausedBy, hold, permits, budget } = state;
  const { startsAt, startedAt, updatedAt, finishedAt } = state;
  return {
    id,
    state: endedBy === null ? state.state : 'failed',
    reason: endedBy === null ? state.reason : `the workflow of the batch was ${endedBy}`,
    counts: { total, ...tally.counts, skipped, ...withoutMissing({ notStarted }) },
    failures: tally.failures,
    unreadable,
    ...(tally.steps === undefined ? {} : { steps: tally.steps }),
    submissions: tally.submissions,
    charged: { credits: tally.charged['credits'] ?? null, usd: tally.charged['usd'] ?? null },
    cost: tally.cost,
    possibleDuplicates: tally.duplicates,
    pausedBy: endedBy === null ? pausedBy : null,
    hold: endedBy === null ? hold : null,
    permits,
    budget,
    ...(endedBy === null ? withoutMissing({ startsAt }) : {}),
    startedAt,
    updatedAt,
    finishedAt,
  };
}
