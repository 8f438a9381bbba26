/** What a batch carries from one run of its workflow to the next: its schedule, its settings, and why it is paused. Pure. */
import { describeExhaustion } from '../money/batch-budget';
import { type Allowance, NO_BUDGET } from '../money/spending';
import { type BatchControl, type BatchSchedule, type NewSchedule, newSchedule, sumTally } from './batch-schedule';
import type { BatchChange, BatchSettings } from './batch-settings';
import {
  countFailures,
  describeExcessFailures,
  type OnTooManyFailures,
  type PauseCause,
  parseMaxFailures,
  type Tolerance,
} from './batch-state';
import { isOutOfBudget, sumBudgeted, sumCommitted } from './page-funds';
import { EMPTY_TALLY, type Tally } from './tally';

export interface BatchRecord {
  readonly schedule: BatchSchedule;
  readonly tolerance: Tolerance;
  readonly weight: number;
  readonly reason: string | null;
  readonly pausedBy: PauseCause | null;
  /** ISO 8601. */
  readonly startedAt: string;
}

interface NewBatch
  extends Omit<NewSchedule, 'budget' | 'price'>,
    Pick<BatchSettings, 'maxFailures' | 'weight' | 'prices'> {
  readonly budget?: Partial<Allowance>;
}

export function newBatchRecord(input: NewBatch, startedAt: string): BatchRecord {
  const { maxFailures, prices = {}, base = EMPTY_TALLY, weight = 1 } = input;
  const priced = Object.values(prices).filter((price) => price > 0);
  const price = priced.length === 0 ? 0 : Math.min(...priced);
  return {
    schedule: newSchedule({ ...input, budget: { ...NO_BUDGET, ...input.budget }, price }),
    tolerance: { limit: parseMaxFailures(maxFailures ?? ''), forgiven: countFailures(base) },
    weight,
    reason: null,
    pausedBy: null,
    startedAt,
  };
}

export function pauseBatch(record: BatchRecord, reason: string, pausedBy: PauseCause): BatchRecord {
  return withControl({ ...record, pausedBy }, 'paused', reason);
}

/** Failures so far no longer count towards the limit. */
export function resumeBatch(record: BatchRecord): BatchRecord {
  const tolerance = { ...record.tolerance, forgiven: countFailures(sumTally(record.schedule)) };
  return withControl({ ...record, tolerance, pausedBy: null }, 'running', null);
}

/** The first reason stays. */
export function cancelBatch(record: BatchRecord, reason: string): BatchRecord {
  if (record.schedule.control === 'cancelling') return record;
  return withControl({ ...record, pausedBy: null }, 'cancelling', reason);
}

function withControl(record: BatchRecord, control: BatchControl, reason: string | null): BatchRecord {
  return { ...record, reason, schedule: { ...record.schedule, control } };
}

/** Pauses or cancels a batch that has too many failures or no budget left; returns the same record otherwise. */
export function applyLimits(record: BatchRecord, onTooManyFailures: OnTooManyFailures | undefined): BatchRecord {
  return applyBudget(applyTolerance(record, onTooManyFailures));
}

function applyTolerance(record: BatchRecord, onTooManyFailures: OnTooManyFailures | undefined): BatchRecord {
  const { schedule, tolerance } = record;
  const reason = schedule.control === 'running' ? describeExcessFailures(schedule, tolerance) : null;
  if (reason === null) return record;
  return onTooManyFailures === 'cancel' ? cancelBatch(record, reason) : pauseBatch(record, reason, 'failures');
}

function applyBudget(record: BatchRecord): BatchRecord {
  const { schedule } = record;
  if (!isOutOfBudget(schedule)) return record;
  const { budget, price } = schedule;
  const reason = describeExhaustion(budget, sumCommitted(schedule), price) ?? 'the budget is used up';
  return pauseBatch(record, reason, 'budget');
}

/** @param base what the batch counted before this run */
export function changeBatch(record: BatchRecord, change: BatchChange, base: Tally = EMPTY_TALLY): BatchRecord {
  const { concurrency, maxFailures, budget, weight = record.weight } = change;
  const { schedule, tolerance } = record;
  const changed: BatchRecord = {
    ...record,
    weight,
    schedule: concurrency === undefined ? schedule : { ...schedule, concurrency },
    tolerance:
      maxFailures === undefined ? tolerance : { limit: parseMaxFailures(maxFailures), forgiven: countFailures(base) },
  };
  return budget === undefined ? changed : changeBudget(changed, budget);
}

/** Resumes the batch if the new budget is sufficient. */
function changeBudget(record: BatchRecord, change: Partial<Allowance>): BatchRecord {
  const budget = { ...record.schedule.budget, ...change };
  const changed = { ...record, schedule: { ...record.schedule, budget } };
  const isEnough = describeExhaustion(budget, sumBudgeted(changed.schedule), changed.schedule.price) === null;
  return record.pausedBy === 'budget' && isEnough ? resumeBatch(changed) : changed;
}
