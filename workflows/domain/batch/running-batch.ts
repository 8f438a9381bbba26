/** The state of a running batch, which the parts of its workflow read and change. */
import { toSentence } from '../base/cause';
import type { BatchRecord } from './batch-record';
import { type BatchSchedule, sumRest, sumTally } from './batch-schedule';
import { type BatchState, countTotal, toBatchState } from './batch-state';
import { sumSpent } from './page-funds';

export class RunningBatch {
  /** Whether something has changed since the last plan. */
  isChanged = true;
  /** What the batch waits for while it runs; `null` if nothing. */
  trouble: string | null = null;
  /** ISO 8601. */
  finishedAt: string | null = null;

  constructor(
    public record: BatchRecord,
    private readonly skipped: number,
  ) {}

  get schedule(): BatchSchedule {
    return this.record.schedule;
  }

  /** Replaces the schedule without another plan. */
  set schedule(schedule: BatchSchedule) {
    this.record = { ...this.record, schedule };
  }

  /** Replaces the schedule, which has to be planned again. */
  reschedule(schedule: BatchSchedule): void {
    this.schedule = schedule;
    this.isChanged = true;
  }

  /** Replaces the record; nothing follows from the same one, and nothing changes a batch that has finished. */
  change(record: BatchRecord): void {
    if (record === this.record || this.finishedAt !== null) return;
    this.record = record;
    this.isChanged = true;
  }

  /** @param updatedAt ISO 8601 */
  toState(updatedAt: string): BatchState {
    const { schedule, finishedAt, skipped } = this;
    const { budget, concurrency, grant, open } = schedule;
    const isFree = budget.submissions === null && budget.cost === null;
    return {
      ...this.stateAndReason(),
      total: countTotal(schedule),
      skipped,
      tally: sumTally(schedule),
      concurrency,
      permits: grant?.permits ?? null,
      // An ended batch is not on hold.
      hold: finishedAt === null ? (grant?.hold ?? null) : null,
      budget: isFree ? null : { allowed: budget, spent: sumSpent(schedule) },
      open: open.map(({ part, tally }) => ({ part, tally })),
      rest: sumRest(schedule),
      startedAt: this.record.startedAt,
      updatedAt,
      finishedAt,
    };
  }

  /** A hold of the account pauses each of its batches, unless the batch has its own reason. */
  private stateAndReason(): Pick<BatchState, 'state' | 'reason' | 'pausedBy'> {
    const { schedule, reason, pausedBy } = this.record;
    const state = toBatchState(schedule);
    if (state === 'completed') return { state, reason: null, pausedBy: null };
    const hold = schedule.grant?.hold ?? null;
    if (state !== 'paused' || schedule.control !== 'running' || hold === null) {
      const trouble = state === 'running' ? this.trouble : null;
      return { state, reason: reason ?? trouble, pausedBy };
    }
    const why = `${hold.code}. ${toSentence(hold.cause ?? '')}${hold.remedy}`;
    return { state, reason: `the account is held: ${why}`, pausedBy: 'account' };
  }
}
