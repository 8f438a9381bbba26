/** What the library says of its options, in the words of the command line. */
import { InvalidRequestError } from '../client/errors';
import type { FieldProblem } from '../client/requests/request-schema';
import { getOwn } from '../workflows/domain/base/own-value';
import { UsageError } from './usage-error';

/** The flag of each option that is not called like its flag. */
const FLAG_BY_FIELD: Readonly<Record<string, string>> = {
  maxFailures: '--max-failures',
  onTooManyFailures: '--on-too-many-failures',
  'budget.submissions': '--budget-submissions',
  'budget.cost': '--budget-cost',
  'budget.duplicates': '--allow-possible-duplicates',
  prices: '--price',
  outcomes: '--outcome',
  keys: '--keys or --input',
  'limits.maxConcurrency': '--max-concurrency',
  'limits.maxRate': '--max-rate',
};

export function toFlagProblems(problems: readonly FieldProblem[]): readonly string[] {
  return problems.map(({ field, problem }) => `${getOwn(FLAG_BY_FIELD, field) ?? `--${field}`} ${problem}`);
}

/** An error of the library as one of the command line, where the words that were typed are to blame. */
export function toUsageError(error: unknown): unknown {
  return error instanceof InvalidRequestError ? new UsageError(toFlagProblems(error.problems)) : error;
}
