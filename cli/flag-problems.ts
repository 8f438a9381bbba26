/** Converts problems of the library's options to problems of flags. */
import { InvalidRequestError } from '../connection/errors';
import type { FieldProblem } from '../input/requests/request-schema';
import { getOwn } from '../workflows/domain/base/own-value';
import { UsageError } from './usage-error';

/** Flags of options whose names differ. */
const FLAG_BY_FIELD: Readonly<Record<string, string>> = {
  maxFailures: '--max-failures',
  notifyFailures: '--notify-failures',
  onTooManyFailures: '--on-too-many-failures',
  'budget.submissions': '--budget-submissions',
  'budget.cost': '--budget-cost',
  'budget.duplicates': '--allow-possible-duplicates',
  prices: '--price',
  outcomes: '--outcome',
  catchupWindowMs: '--catchup-window',
  catchupWindow: '--catchup-window',
  overlapPolicy: '--overlap-policy',
  movedServer: '--moved-server',
  startAt: '--start-at',
  keys: '--keys or --input',
  rows: '--input',
  fromStep: '--from-step',
  jobId: 'the job id',
  profileId: 'the profile id',
  imageUrl: 'the address',
  fields: 'the changes',
};

export function toFlagProblems(problems: readonly FieldProblem[]): readonly string[] {
  return problems.map(
    ({ field, problem }) => `${getOwn(FLAG_BY_FIELD, field) ?? `--${field.replaceAll('_', '-')}`} ${problem}`,
  );
}

/** Converts an error of the library about the given flags to a usage error. */
export function toUsageError(error: unknown): unknown {
  return error instanceof InvalidRequestError ? new UsageError(toFlagProblems(error.problems)) : error;
}
