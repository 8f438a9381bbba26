/** Plans a batch from rows in a program: problems and estimates, before anything is sent. */

import { InvalidRequestError } from '../../connection/errors';
import type { Finding } from '../../input/findings';
import { InputFileError } from '../../input/input-file-error';
import type { InputRow } from '../../input/input-row';
import { type Plan, type PlanCounts, type PlanOptions, planRows } from '../../input/plan';
import { type GivenRows, openGivenRows } from '../../input/recipes/given-rows';
import { findSettingsProblems } from '../../input/requests/batch-settings';
import type { FieldProblem } from '../../input/requests/request-schema';
import { findSampleProblems } from '../../input/sample';
import type { BatchOptions } from '../../workflows/domain/batch/batch-options';
import type { OperationName } from '../../workflows/domain/operations/operations';
import type { BatchContext } from './batch-context';

/** A problem of a row. Never contains a prompt. */
export interface RowProblem extends FieldProblem {
  /** Index of the row in `rows`, from 0. */
  readonly index: number;
  /** `null` if the row has no valid key. */
  readonly key: string | null;
}

/** Options for the rows. */
export interface RowOptions extends GivenRows {
  /** Leave out invalid rows. Default false: with an invalid row nothing is started. */
  readonly skipInvalid?: boolean;
  /** Leave out rows with the same request as an earlier row. Default false: they are kept, with a warning. */
  readonly dropDuplicates?: boolean;
  /** Receives every problem, also beyond those that are kept. The next row is read once it resolves. */
  readonly onProblem?: (problem: RowProblem) => void | Promise<void>;
}

/** Rows, and the basis of their estimates. */
export interface PlanBatchOptions extends RowOptions, Pick<BatchOptions, 'concurrency' | 'prices'> {
  /** Number of items of a sample to estimate, too. Default: none. */
  readonly sample?: number;
}

/** The plan of a batch. */
export interface BatchPlan extends PlanCounts {
  /** The first 1,000 problems. */
  readonly problems: readonly RowProblem[];
  /** The number of all problems. */
  readonly problemCount: number;
  /** The first 1,000 warnings; they do not prevent a start. */
  readonly warnings: readonly RowProblem[];
  readonly warningCount: number;
}

/** Number of problems, and of warnings, kept in memory. */
const MAX_KEPT_PROBLEMS = 1_000;

/**
 * Reads `rows` once and starts nothing.
 *
 * @throws InvalidRequestError if there are no rows, or `concurrency` or `prices` is invalid
 */
export async function planBatch(context: RowContext, options: PlanBatchOptions): Promise<BatchPlan> {
  const { concurrency, prices = {}, sample } = options;
  const problems = [...findSampleProblems(sample), ...findSettingsProblems({ concurrency, prices })];
  if (problems.length > 0) throw new InvalidRequestError(problems);
  const terms = {
    sample,
    ...(concurrency === undefined || concurrency === null ? {} : { concurrency }),
    prices: new Map(Object.entries(prices) as [OperationName, number][]),
  };
  return withRowSource(context, options, async ({ name, rows, plan }) =>
    toBatchPlan(await planRows(name, rows, { ...plan, ...terms })),
  );
}

/** A source of rows that is read once. */
export interface RowSource {
  /** Name in messages. */
  readonly name: string;
  readonly rows: AsyncIterable<InputRow>;
  readonly plan: PlanOptions;
  /** The id of the only step of a recipe; `null` if it has none. Absent: the rows are of no recipe, or of several steps. */
  readonly onlyStep?: string | null | undefined;
}

type RowContext = Pick<BatchContext, 'cwd' | 'newInputs'>;

/**
 * Runs `work` with the rows of a program, or the items of its recipe; then their temporary files are deleted.
 *
 * @throws InvalidRequestError with every problem of the recipe
 */
export async function withRowSource<T>(
  context: RowContext,
  options: RowOptions,
  work: (source: RowSource) => Promise<T>,
): Promise<T> {
  const { rows, words, folder, onlyStep } = await openGivenRows(options, context.cwd).catch((error: unknown) => {
    throw error instanceof InputFileError ? new InvalidRequestError(error.problems) : error;
  });
  const inputs = context.newInputs(folder ?? undefined);
  const plan = { ...toPlanOptions(options), words, inputs };
  return work({ name: 'rows', rows, plan, onlyStep }).finally(() => inputs.close());
}

/** The options of the plan for rows in a program. */
function toPlanOptions({ skipInvalid = false, dropDuplicates = false, onProblem }: RowOptions): PlanOptions {
  const report = async (finding: Finding): Promise<void> => {
    if (finding.severity === 'problem') await onProblem?.(toRowProblem(finding));
  };
  return { skipInvalid, dropDuplicates, maxFindings: MAX_KEPT_PROBLEMS, report };
}

/** @throws InvalidRequestError if it has no rows */
export function toBatchPlan({ name: _name, complete: _complete, problems, warnings, ...plan }: Plan): BatchPlan {
  if (plan.rows === 0)
    throw new InvalidRequestError([{ field: 'rows', problem: 'has no rows; must have at least one' }]);
  return {
    ...plan,
    problems: problems.first.map(toRowProblem),
    problemCount: problems.total,
    warnings: warnings.first.map(toRowProblem),
    warningCount: warnings.total,
  };
}

function toRowProblem({ line, key, field, problem }: Finding): RowProblem {
  return { index: (line ?? 1) - 1, key, field, problem };
}
