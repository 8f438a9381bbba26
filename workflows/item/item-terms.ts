import { findInputProblems, TERM_CHECKS } from '../domain/batch/input-checks';
import { refuseProblems } from '../domain/item/application-failure';
import type { ItemStep, RequestFields } from '../domain/item/item';
import { DEFAULT_OPERATION, getOperationRow, type OperationName } from '../domain/operations/operations';
import { listStoredInputs } from '../domain/operations/stored-input';
import { DEFAULT_DEADLINE_MS, type ItemInput } from '../messages';

type Term = 'operation' | 'deadlineMs' | 'jobTimeBudgetMs';

/** Validates an item's terms, because callers may use JavaScript. */
export function toItemTerms(asked: Pick<ItemInput, Term>): Pick<ItemStep, Term> {
  const { operation = DEFAULT_OPERATION, deadlineMs = DEFAULT_DEADLINE_MS, jobTimeBudgetMs } = asked;
  refuseProblems(findInputProblems(TERM_CHECKS, { operation, deadlineMs, jobTimeBudgetMs }));
  return { operation, deadlineMs, jobTimeBudgetMs: jobTimeBudgetMs ?? getOperationRow(operation).jobTimeBudgetMs };
}

/** The source of an item whose request is passed inline. */
export function toItemSource(operation: OperationName, request: RequestFields): Pick<ItemStep, 'source' | 'hasFiles'> {
  const hasFiles = listStoredInputs(operation, request).length > 0;
  return { source: { request }, ...(hasFiles ? { hasFiles } : {}) };
}
