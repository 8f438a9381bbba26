/** Decides how an item that has ended is run again: from which step, and whether a job is fetched first. Pure. */

import { isSameRow, isSameStep } from './canonical-row';
import type { AfterFetch, ItemResultRow, PlainRow, RowStep, RowSubmission, StepReport, StoredStep } from './item';
import { judgePayment } from './payment-state';

/** A row of a run: what is run, and what earlier runs have left. */
export interface RunRow extends PlainRow {
  /** A job submitted for this item in an earlier run; its result is fetched first. */
  readonly jobId?: string;
  /** What happens if the fetch brings no result. Default `end`. */
  readonly afterFetch?: AfterFetch;
  /** Steps that an earlier run has finished. Default: none. */
  readonly finished?: readonly StoredStep[];
}

/** An item after its runs. */
export interface EndedItem {
  /** The row of its last run. */
  readonly row: RunRow;
  /** The outcome of its last run that has reported its end; `null` if the last one began and never did. */
  readonly line: Pick<ItemResultRow, 'outcome' | 'code' | 'steps'> | null;
  readonly begun: boolean;
  /** Submissions of all its runs. */
  readonly submissions: readonly RowSubmission[];
  /** Jobs of another request than the row's. */
  readonly staleJobs: readonly string[];
  /** Whether the last run has not begun, so that the outcome is that of an earlier one. */
  readonly awaitsRun: boolean;
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
  /** Ids of the steps that are run; empty for an item of one step. */
  readonly steps: readonly string[];
}

/** `left-unknown`: it may have been charged and cannot be fetched. `unchanged`: all of its steps are finished. */
export function decideRedrive(item: EndedItem, wish: RedriveWish): RedriveStep | 'left-unknown' | 'unchanged' {
  const { edited = item.row, isAllowed } = wish;
  const { key, operation, request, steps, keep } = edited;
  const finished = listReusable(item, wish);
  if (isDone(item, edited, wish) || (steps !== undefined && finished.length >= steps.length)) return 'unchanged';
  // Drops the job that an earlier run fetched.
  const named = steps === undefined ? {} : { steps, ...(keep === undefined ? {} : { keep }) };
  const row: RunRow = { key, operation, request, ...named, ...(finished.length === 0 ? {} : { finished }) };
  const ids = steps?.slice(finished.length).map(({ id }) => id) ?? [];
  const submissions = listOpen(item);
  const payment = judgePayment({ ...item, submissions });
  if (payment.kind === 'free') return { row, mayPayTwice: false, steps: ids };
  if (payment.kind === 'known-job' && !item.staleJobs.includes(payment.jobId)) {
    const { jobId } = payment;
    const { step } = submissions.find((one) => one.jobId === jobId) ?? {};
    if (isSameWork(item.row, row, step) && step === ids[0]) {
      const afterFetch = decideAfterFetch(payment.isOnly, isAllowed);
      return { row: { ...row, jobId, afterFetch }, mayPayTwice: isAllowed, steps: ids };
    }
  }
  return isAllowed ? { row, mayPayTwice: true, steps: ids } : 'left-unknown';
}

/** Whether there is nothing to run: an item has the step that the caller named, or has succeeded with another request. */
function isDone(
  item: EndedItem,
  { key, operation, request, steps, keep }: PlainRow,
  { fromStep }: RedriveWish,
): boolean {
  if (fromStep !== undefined && steps?.some(({ id }) => id === fromStep) !== true) return true;
  if (!hasSucceeded(item) || steps !== undefined) return false;
  return isSameRow(item.row, { key, operation, request, ...(keep === undefined ? {} : { keep }) });
}

function hasSucceeded({ line, awaitsRun }: EndedItem): boolean {
  return line?.outcome === 'succeeded' && !awaitsRun;
}

/** Submissions that are not settled by the files of their step. */
function listOpen(item: EndedItem): readonly RowSubmission[] {
  const finished = new Set(listFinished(item).map(({ id }) => id));
  return item.submissions.filter(({ step, jobId, code }) => {
    if (step !== undefined) return !finished.has(step);
    return !(hasSucceeded(item) && jobId !== null && code === null);
  });
}

/** A job belongs to the request of its time. */
function isSameWork(before: PlainRow, after: PlainRow, step: string | undefined): boolean {
  if (step === undefined) return isSameRow(before, after);
  const find = ({ steps }: PlainRow) => steps?.find(({ id }) => id === step);
  return isSameStep(find(before), find(after));
}

/** The steps that have their files, for the row of the last run. */
function listFinished({ row, line, awaitsRun }: EndedItem): readonly StoredStep[] {
  const { finished = [] } = row;
  if (awaitsRun || line?.steps === undefined) return finished;
  return line.steps.filter(({ outcome }) => outcome === 'succeeded').map(toStoredStep);
}

function toStoredStep({ id, files, missing }: StepReport): StoredStep {
  return { id, files, ...(missing === undefined ? {} : { missing }) };
}

/** The first steps that are finished, have the request of then, and come before the step that the caller named. */
function listReusable(item: EndedItem, { edited = item.row, fromStep }: RedriveWish): readonly StoredStep[] {
  const before = item.row.steps ?? [];
  const finished = listFinished(item);
  const isReusable = (step: RowStep, index: number) =>
    step.id !== fromStep && finished[index]?.id === step.id && isSameStep(before[index], step);
  const first = (edited.steps ?? []).findIndex((step, index) => !isReusable(step, index));
  return first < 0 ? finished.slice(0, edited.steps?.length ?? 0) : finished.slice(0, first);
}

/** @param isOnly whether no other submission of the item may be charged */
function decideAfterFetch(isOnly: boolean, isAllowed: boolean): AfterFetch {
  if (isAllowed) return 'submit';
  return isOnly ? 'submit-if-free' : 'end';
}
