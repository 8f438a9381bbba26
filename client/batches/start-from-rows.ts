/** Starts a batch from the rows of a file or of a program. */

import { InvalidRequestError } from '../../connection/errors';
import { type Plan, planRows } from '../../input/plan';
import { findSettingsProblems, type Unchecked } from '../../input/requests/batch-settings';
import type { FieldProblem } from '../../input/requests/request-schema';
import { findStartProblem } from '../../input/requests/start-time';
import { findSampleProblems } from '../../input/sample';
import type { StoredBatch } from '../../workflows/batch/batch-child';
import { brokenKeyRule } from '../../workflows/domain/base/safe-key';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import type { BatchOptions } from '../../workflows/domain/batch/batch-options';
import type { BatchContext, StartedBatch } from './batch-context';
import { RowSpool } from './batch-manifest';
import type { StoreCheck } from './check-store';
import type { BatchStart } from './claim-batch';
import { InvalidRowsError } from './invalid-rows-error';
import { type RowOptions, type RowSource, toBatchPlan, withRowSource } from './plan-batch';
import { startBatch, storeBatch } from './start-batch';

/** Terms of a start, for any source of rows. */
export interface StartTermsOfBatch extends BatchOptions, StoreCheck {
  /** Your name for the batch: the same id with the same rows finds the same batch. Default: a hash of the rows. */
  readonly id?: string;
  /**
   * Start an even sample of this many items; a later start with the same rows, without it or with a larger one, starts
   * others of them. Default: all.
   */
  readonly sample?: number;
  /**
   * Time before which nothing is submitted, within a year: ISO 8601 with its offset, for example `2026-12-01T02:00:00Z`. It can be
   * cancelled before. Default: it starts at once.
   */
  readonly startAt?: string;
  /** Start even if the batch was started on another Temporal server before. Default false. */
  readonly movedServer?: boolean;
}

/** A batch: its rows, its name and its limits. */
export interface StartBatchOptions extends StartTermsOfBatch, RowOptions {}

/** A batch for a workflow that runs it, which runs all of its rows. */
export interface StoreBatchOptions extends Omit<StartBatchOptions, 'sample'> {}

export interface StartHooks {
  /** Receives the plan before anything is started, even if it may not start. An error starts nothing. */
  readonly onPlan?: (plan: Plan) => Promise<void>;
  /** Receives the number of submissions, unless all items are started already. An error starts nothing. */
  readonly confirm?: (submissions: number) => Promise<void>;
  /** Aborted: nothing is started. */
  readonly signal?: AbortSignal;
}

export interface SourceOutcome<T> {
  readonly plan: Plan;
  /** `null`: nothing was started, because the plan may not start or the signal was aborted. */
  readonly batch: T | null;
}

export type StartOutcome = SourceOutcome<StartedBatch>;

/**
 * Reads all rows, and starts the batch if they may start. Rows wait in a temporary file meanwhile: nothing is written to
 * the store before the last one was found valid.
 *
 * @throws InvalidRequestError with every problem of the settings, before a row is read
 * @throws IdTakenError, BatchRefusedError as `startBatch`
 */
export function startFromSource(
  context: BatchContext,
  source: RowSource,
  terms: StartTermsOfBatch,
  hooks: StartHooks = {},
): Promise<StartOutcome> {
  return withSource(context, source, terms, hooks, (start) => startBatch(context, start));
}

/** Reads all rows, and does `work` with them if they may start. */
export async function withSource<T>(
  context: BatchContext,
  source: RowSource,
  terms: StartTermsOfBatch,
  { onPlan, confirm, signal }: StartHooks,
  work: (start: BatchStart) => Promise<T>,
): Promise<SourceOutcome<T>> {
  refuseTerms(terms);
  const store = context.openStore();
  const spool = new RowSpool();
  try {
    const plan = await planRows(source.name, source.rows, {
      ...source.plan,
      onRow: ({ line: _line, ...row }) => spool.add(row),
    });
    await onPlan?.(plan);
    if (!plan.mayStart || signal?.aborted === true) return { plan, batch: null };
    const { id, sample, startAt, movedServer = false, skipStoreCheck = false, onWarning, ...options } = terms;
    const check = { movedServer, skipStoreCheck, ...(onWarning === undefined ? {} : { onWarning }) };
    const { inputs } = source.plan;
    return { plan, batch: await work({ plan, spool, inputs, store, options, id, sample, startAt, confirm, ...check }) };
  } finally {
    await spool.close();
  }
}

/** Returns every problem of the terms. */
export function findStartProblems(terms: Unchecked<StartTermsOfBatch>): readonly FieldProblem[] {
  const { id } = terms;
  const rule = id === undefined ? null : typeof id === 'string' ? brokenKeyRule(id) : 'must be a text';
  const idProblems = rule === null ? [] : [{ field: 'id', problem: `is ${JSON.stringify(id)}; ${rule}` }];
  return [
    ...idProblems,
    ...findStartAtProblems(terms),
    ...findSampleProblems(terms.sample),
    ...findSettingsProblems(terms),
  ];
}

function findStartAtProblems({ startAt, sample }: Unchecked<StartTermsOfBatch>): readonly FieldProblem[] {
  if (startAt === undefined) return [];
  const problem = sample === undefined ? findStartProblem(startAt) : 'cannot be given with a sample';
  return problem === null ? [] : [{ field: 'startAt', problem }];
}

/** Converts terms without problems. */
export function toStartTerms(given: Unchecked<StartTermsOfBatch>): StartTermsOfBatch {
  return withoutMissing(given) as StartTermsOfBatch;
}

function refuseTerms(terms: StartTermsOfBatch): void {
  const problems = findStartProblems(terms);
  if (problems.length > 0) throw new InvalidRequestError(problems);
}

/** @throws InvalidRowsError if a row is invalid, unless invalid rows are skipped; nothing was started */
export function startFromRows(context: BatchContext, options: StartBatchOptions): Promise<StartedBatch> {
  return fromRows(context, options, (start) => startBatch(context, start));
}

/** Does everything that `startFromRows` does, except for the start. */
export function storeFromRows(context: BatchContext, options: StoreBatchOptions): Promise<StoredBatch> {
  return fromRows(context, options, (start) => storeBatch(context, start));
}

async function fromRows<T>(
  context: BatchContext,
  options: StartBatchOptions,
  work: (start: BatchStart) => Promise<T>,
): Promise<T> {
  return withRowSource(context, options, async (source) => {
    const { plan, batch } = await withSource(context, source, options, {}, work);
    if (batch === null) throw new InvalidRowsError(toBatchPlan(plan));
    return batch;
  });
}
