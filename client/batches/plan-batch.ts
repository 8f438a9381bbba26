/** What a batch would take, before anything is sent: of rows that a program has. */
import type { BatchOptions } from '../../workflows/domain/batch/batch-options';
import type { OperationName } from '../../workflows/domain/operations/operations';
import { InvalidRequestError } from '../errors';
import type { CostEstimate, OperationCounts, TimeEstimate } from '../input/estimate';
import type { Finding } from '../input/findings';
import { mayStart, type Plan, type PlanOptions, planRows } from '../input/plan';
import { ROW_WORDS } from '../input/plan-words';
import type { FieldProblem } from '../requests/request-schema';
import { type BatchRows, type ColumnOptions, readBatchRows } from './batch-rows';
import { refuseSettings } from './batch-settings';

/** One thing that was found about a row. Holds no prompt. */
export interface RowProblem extends FieldProblem {
  /** The row's place in `rows`, from 0. */
  readonly index: number;
  /** `null` where the row has no key that could be used. */
  readonly key: string | null;
}

/** Which rows of those that are given become items. */
export interface RowOptions extends ColumnOptions {
  readonly rows: BatchRows;
  /** Leaves out rows that are not valid. Default false: with one of them nothing is started. */
  readonly skipInvalid?: boolean;
  /** Leaves out rows with the same request as an earlier row. Default false: they are made, and told as warnings. */
  readonly dropDuplicates?: boolean;
  /** Takes every problem, also beyond those that are kept; the next row is read when it is done. */
  readonly onProblem?: (problem: RowProblem) => void | Promise<void>;
}

/** Rows, and what their estimates are made with. */
export interface PlanBatchOptions extends RowOptions, Pick<BatchOptions, 'concurrency' | 'prices'> {}

/** What a batch would take. */
export interface BatchPlan {
  /** Whether `startBatch` would start it. */
  readonly mayStart: boolean;
  /** All rows: `valid + invalid + dropped`. */
  readonly rows: number;
  readonly valid: number;
  readonly invalid: number;
  /** Left out as the same as an earlier row. */
  readonly dropped: number;
  /** Rows with the same request as an earlier row. */
  readonly duplicates: number;
  /** Valid rows by operation. */
  readonly byOperation: OperationCounts;
  /** Paid POSTs, if no item has to be submitted again. */
  readonly submissions: number;
  /** `null` if no price was given. */
  readonly cost: CostEstimate | null;
  /** For the given concurrency, or for 1 and for 10. */
  readonly time: readonly TimeEstimate[];
  /** The first 1,000. */
  readonly problems: readonly RowProblem[];
  /** All that were found. */
  readonly problemCount: number;
  /** The first 1,000; nothing is refused for them. */
  readonly warnings: readonly RowProblem[];
  readonly warningCount: number;
  /** The same for the same valid rows in the same order, wherever they come from. */
  readonly contentSha256: string;
}

/** Kept in memory of each kind. */
const MAX_KEPT_PROBLEMS = 1_000;

/**
 * Reads `rows` once and starts nothing.
 *
 * @throws InvalidRequestError if there are no rows, or `concurrency` or `prices` is wrong
 */
export async function planBatch(options: PlanBatchOptions): Promise<BatchPlan> {
  const { concurrency, prices = {} } = options;
  refuseSettings({ concurrency, prices });
  const plan = await planRows('rows', readBatchRows(options.rows, options), {
    ...toPlanOptions(options),
    ...(concurrency === undefined || concurrency === null ? {} : { concurrency }),
    prices: new Map(Object.entries(prices) as [OperationName, number][]),
  });
  return toBatchPlan(plan, options.skipInvalid === true);
}

/** How rows of a program are planned. */
export function toPlanOptions({ dropDuplicates = false, onProblem }: RowOptions): PlanOptions {
  const report = async (finding: Finding): Promise<void> => {
    if (finding.severity === 'problem') await onProblem?.(toRowProblem(finding));
  };
  return { dropDuplicates, words: ROW_WORDS, maxFindings: MAX_KEPT_PROBLEMS, report };
}

/** @throws InvalidRequestError if it has no rows */
export function toBatchPlan(plan: Plan, skipInvalid: boolean): BatchPlan {
  const { rows, valid, invalid, dropped, duplicates, byOperation, submissions, cost, time, contentSha256 } = plan;
  if (rows === 0) throw new InvalidRequestError([{ field: 'rows', problem: 'has no rows; must have at least one' }]);
  return {
    mayStart: mayStart(plan, skipInvalid),
    ...{ rows, valid, invalid, dropped, duplicates, byOperation, submissions, cost, time, contentSha256 },
    problems: plan.problems.first.map(toRowProblem),
    problemCount: plan.problems.total,
    warnings: plan.warnings.first.map(toRowProblem),
    warningCount: plan.warnings.total,
  };
}

function toRowProblem({ line, key, field, problem }: Finding): RowProblem {
  return { index: (line ?? 1) - 1, key, field, problem };
}

/** Rows that cannot be started as they are; nothing was started, and nothing was written. */
export class InvalidRowsError extends InvalidRequestError {
  override readonly name = 'InvalidRowsError';

  constructor(readonly plan: BatchPlan) {
    super(listProblems(plan));
  }
}

function listProblems({ problems, problemCount }: BatchPlan): readonly FieldProblem[] {
  if (problemCount === 0) return [{ field: 'rows', problem: 'has no valid row' }];
  const named = problems.map(({ index, key, field, problem }) => {
    const name = key === null ? '' : ` (${key})`;
    return { field: `rows[${index}]${name}.${field}`, problem };
  });
  const left = problemCount - problems.length;
  return left === 0 ? named : [...named, { field: 'rows', problem: `has ${left} more problems` }];
}
