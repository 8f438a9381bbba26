/** The state of a running batch, which the parts of its workflow read and change. */
import { toSentence } from '../base/cause';
import type { HoldNotice } from '../failures/hold-codes';
import type { BatchRecord } from './batch-record';
import { type BatchSchedule, sumRest, sumTally } from './batch-schedule';
import { type BatchState, countTotal, toBatchState } from './batch-state';
import { isAllBlocked, listOperationHolds } from './open-operations';
import { sumBudgeted } from './page-funds';

export class RunningBatch {
  /** Whether something has changed since the last plan. */
  isChanged = true;
  /** What the batch waits for while it runs; `null` if nothing. */
  trouble: string | null = null;
  /** When it starts, ISO 8601; `null` once it has. */
  startsAt: string | null = null;
  /** ISO 8601. */
  finishedAt: string | null = null;

  constructor(
    public record: BatchRecord,
    private readonly leftOut: Pick<BatchState, 'skipped' | 'notStarted'>,
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
    const { schedule, finishedAt, leftOut } = this;
    const { budget, concurrency, grant, open } = schedule;
    const isFree = budget.submissions === null && budget.cost === null;
    return {
      ...this.stateAndReason(),
      total: countTotal(schedule),
      ...leftOut,
      tally: sumTally(schedule),
      concurrency,
      permits: grant?.permits ?? null,
      // An ended batch is not on hold.
      hold: finishedAt === null ? this.findHold() : null,
      budget: isFree ? null : { allowed: budget, spent: sumBudgeted(schedule) },
      open: open.map(({ part, tally }) => ({ part, tally })),
      rest: sumRest(schedule),
      ...(this.startsAt === null ? {} : { startsAt: this.startsAt }),
      startedAt: this.record.startedAt,
      updatedAt,
      finishedAt,
    };
  }

  /** The hold of the account, or of the operations that all items wait for. */
  private findHold(): HoldNotice | null {
    const { schedule } = this;
    const hold = schedule.grant?.hold ?? null;
    const [first] = hold === null && isAllBlocked(schedule) ? listOperationHolds(schedule) : [];
    if (first === undefined) return hold;
    const { operation: _operation, ...notice } = first;
    return notice;
  }

  /** A hold of the account pauses each of its batches, unless the batch has its own reason. */
  private stateAndReason(): Pick<BatchState, 'state' | 'reason' | 'pausedBy'> {
    const { schedule, reason, pausedBy } = this.record;
    const state = toBatchState(schedule);
    if (state === 'completed') return { state, reason: null, pausedBy: null };
    if (this.startsAt !== null && state === 'running' && reason === null)
      return { state, reason: `it starts at ${this.startsAt}, and submits nothing before`, pausedBy };
    const operations = listOperationHolds(schedule).map(({ operation, ...hold }) => describeHold(operation, hold));
    const held = operations.length === 0 ? null : operations.join(' ');
    if (state !== 'paused' || schedule.control !== 'running') {
      const trouble = state === 'running' ? (this.trouble ?? held) : null;
      return { state, reason: reason ?? trouble, pausedBy };
    }
    const hold = schedule.grant?.hold ?? null;
    return { state, reason: hold === null ? held : describeHold('the account', hold), pausedBy: 'account' };
  }
}

function describeHold(subject: string, { code, cause, remedy }: HoldNotice): string {
  return `${subject} is held: ${code}. ${toSentence(cause ?? '')}${remedy}`;
}
