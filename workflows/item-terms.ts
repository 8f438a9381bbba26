import { inputFailure } from './domain/application-failure';
import { durationProblem } from './domain/durations';
import type { Item } from './domain/item';
import { DEFAULT_OPERATION, isOperationName, OPERATION_NAMES, operationRow } from './domain/operations';
import { DEFAULT_DEADLINE_MS, type GenerateImageInput } from './messages';

type Term = 'operation' | 'deadlineMs' | 'jobTimeBudgetMs';

/** How an image is to be made, as it was asked for: a workflow can be started by hand, so the operation is looked at. */
export function itemTerms(asked: Pick<GenerateImageInput, Term>): Pick<Item, Term> {
  const operation = asked.operation ?? DEFAULT_OPERATION;
  if (!isOperationName(operation)) {
    throw inputFailure(`operation is ${JSON.stringify(operation)}; known are ${OPERATION_NAMES.join(', ')}`);
  }
  const { deadlineMs = DEFAULT_DEADLINE_MS, jobTimeBudgetMs = operationRow(operation).jobTimeBudgetMs } = asked;
  const problems = Object.entries({ deadlineMs, jobTimeBudgetMs }).flatMap(([name, value]) => {
    const problem = durationProblem(value);
    return problem === null ? [] : [`${name} ${problem}`];
  });
  if (problems.length > 0) throw inputFailure(problems.join('; '));
  return { operation, deadlineMs, jobTimeBudgetMs };
}
