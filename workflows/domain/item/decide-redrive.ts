/** Decides how an item that has ended is run again: from which step, and whether a job is fetched first. Pure. */

import { isSameRow, isSameStep } from './canonical-row';
import type { AfterFetch, EarlierOutcome, ItemResultRow, PlainRow, RowStep, RowSubmission, StoredStep } from './item';
import { judgePayment, listChargeable } from './payment-state';

/** A row of a run: what is run, and what earlier runs have left. */
export interface RunRow extends PlainRow {
  /** A job submitted for this item in an earlier run; its result is fetched first. */
  readonly jobId?: string;
  /** What happens if the fetch brings no result. Default `end`. */
  readonly afterFetch?: AfterFetch;
  /** Steps that an earlier run has finished. Default: none. */
  readonly finished?: readonly StoredStep[];
  /** How it ended before. Absent: it is a new item. */
  readonly earlier?: EarlierOutcome;
}

/** Steps of an item that have their files, each made from those before it. */
export interface FinishedSteps {
  /** The row that they are of. */
  readonly row: PlainRow;
  /** The id of the only step of a row is empty. */
  readonly finished: readonly StoredStep[];
}

/** An item after its runs. */
export interface EndedItem {
  /** The row of its last run. */
  readonly row: RunRow;
  /** The outcome of its last run that has reported its end; `null` if the last one began and never did. */
  readonly line: Pick<ItemResultRow, 'outcome' | 'code'> | null;
  /** Whether its page ever began. If not, it was certainly not submitted. */
  readonly begun: boolean;
  /** Submissions of all its runs that led to no stored file. */
  readonly open: readonly RowSubmission[];
  /** Jobs of another request than the row's, or made from another file of an earlier step. */
  readonly staleJobs: readonly string[];
  readonly made: FinishedSteps;
}

export interface RedriveWish {
  /** The row that replaces that of the batch. Default: none does. */
  readonly edited?: PlainRow | undefined;
  /** Whether an item that may have been charged may be submitted again. */
  readonly isAllowed: boolean;
  /** Id of a step that is run again, with those after it. Default: the first that is not finished, or has changed. */
  readonly fromStep?: string | undefined;
}

export interface RedriveStep {
  readonly row: RunRow;
  readonly mayPayTwice: boolean;
  /** Number of steps that may be paid a second time, beside that of the job that is fetched first. */
  readonly repeats: number;
  /** Ids of the steps that are run; empty for an item of one step. */
  readonly steps: readonly string[];
  /** Ids of steps that have their files, and are run and paid again nevertheless. */
  readonly repaid: readonly string[];
}

/** `left-unknown`: it may have been charged and cannot be fetched. `unchanged`: all of its steps are finished. */
export function decideRedrive(item: EndedItem, wish: RedriveWish): RedriveStep | 'left-unknown' | 'unchanged' {
  const { edited = item.row, isAllowed } = wish;
  const { key, operation, request, steps, keep } = edited;
  const before = nameSteps(item.made, edited);
  const finished = listReusable(before, edited, wish);
  if (isDone(item, edited, wish) || (steps !== undefined && finished.length >= steps.length)) return 'unchanged';
  // Drops the job that an earlier run fetched.
  const named = steps === undefined ? {} : { steps, ...(keep === undefined ? {} : { keep }) };
  const row: RunRow = { key, operation, request, ...named, ...(finished.length === 0 ? {} : { finished }) };
  const ids = steps?.slice(finished.length).map(({ id }) => id) ?? [];
  const repaid = listRepaid(before, finished.length, edited);
  const ended = { ...item, submissions: item.open };
  const payment = judgePayment(ended);
  if (payment.kind === 'free') return { row, mayPayTwice: false, repeats: 0, steps: ids, repaid };
  const charged = new Set(listChargeable(ended).map(({ step }) => step));
  if (payment.kind === 'known-job' && !item.staleJobs.includes(payment.jobId)) {
    const { jobId } = payment;
    const { step } = item.open.find((one) => one.jobId === jobId) ?? {};
    if (isSameWork(item.row, row, step) && step === ids[0]) {
      const afterFetch = decideAfterFetch(payment.isOnly, isAllowed);
      const others = new Set(charged).add(step);
      const repeats = isAllowed ? others.size - 1 : 0;
      return { row: { ...row, jobId, afterFetch }, mayPayTwice: isAllowed, repeats, steps: ids, repaid };
    }
  }
  return isAllowed
    ? { row, mayPayTwice: true, repeats: Math.max(1, charged.size), steps: ids, repaid }
    : 'left-unknown';
}

/** Whether there is nothing to run: an item has the step that the caller named, or has succeeded with another request. */
function isDone(item: EndedItem, edited: PlainRow, { fromStep }: RedriveWish): boolean {
  if (fromStep !== undefined && edited.steps?.some(({ id }) => id === fromStep) !== true) return true;
  return item.line?.outcome === 'succeeded' && edited.steps === undefined && isSameRow(item.row, edited);
}

/** A job belongs to the request of its time. */
function isSameWork(before: PlainRow, after: PlainRow, step: string | undefined): boolean {
  if (step === undefined) return isSameRow(before, after);
  const find = ({ steps }: PlainRow) => steps?.find(({ id }) => id === step);
  return isSameStep(find(before), find(after));
}

/** Steps of an earlier run and the files that they have. */
interface StepsBefore {
  readonly steps: readonly RowStep[];
  readonly finished: readonly StoredStep[];
}

/** The only step of a row is the first one of the edited row, if that has several. */
function nameSteps({ row, finished }: FinishedSteps, edited: PlainRow): StepsBefore {
  const [first] = edited.steps ?? [];
  if (row.steps !== undefined || first === undefined) return { steps: row.steps ?? [], finished };
  const { id } = first;
  const { operation, request } = row;
  return { steps: [{ id, operation, request }], finished: finished.map((step) => ({ ...step, id })) };
}

/** The first steps that are finished, have the request of then, and come before the step that the caller named. */
function listReusable(
  { steps: before, finished }: StepsBefore,
  { steps = [] }: PlainRow,
  { fromStep }: RedriveWish,
): readonly StoredStep[] {
  const isReusable = (step: RowStep, index: number) =>
    step.id !== fromStep && finished[index]?.id === step.id && isSameStep(before[index], step);
  return finished.slice(0, takeFirst(steps, isReusable).length);
}

/** The first ones, as long as each may be used again: a step is made from those before it. */
export function takeFirst<T>(steps: readonly T[], isReusable: (step: T, index: number) => boolean): readonly T[] {
  const first = steps.findIndex((step, index) => !isReusable(step, index));
  return steps.slice(0, first < 0 ? steps.length : first);
}

/**
 * The finished steps that are run again, by their ids of then. One that was renamed has its old place and operation.
 *
 * @param reused number of finished steps whose files are used
 */
function listRepaid(
  { steps: before, finished }: StepsBefore,
  reused: number,
  { steps: after = [] }: PlainRow,
): readonly string[] {
  const isRenamed = (at: number) => {
    const [old, now] = [before[at], after[at]];
    return old !== undefined && old.operation === now?.operation && !before.some(({ id }) => id === now.id);
  };
  return finished.flatMap(({ id }, at) =>
    at >= reused && (after.some((step) => step.id === id) || isRenamed(at)) ? [id] : [],
  );
}

/** @param isOnly whether no other submission of the item may be charged */
function decideAfterFetch(isOnly: boolean, isAllowed: boolean): AfterFetch {
  if (isAllowed) return 'submit';
  return isOnly ? 'submit-if-free' : 'end';
}
