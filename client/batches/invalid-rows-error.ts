import { InvalidRequestError } from '../../connection/errors';
import type { FieldProblem } from '../../input/requests/request-schema';
import type { BatchPlan } from './plan-batch';

/** Rows are invalid; nothing was started or written. */
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
