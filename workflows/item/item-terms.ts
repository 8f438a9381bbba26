import { findInputProblems, TERM_CHECKS } from '../domain/batch/input-checks';
import { refuseProblems } from '../domain/item/application-failure';
import type { Item } from '../domain/item/item';
import { DEFAULT_OPERATION, getOperationRow } from '../domain/operations/operations';
import { DEFAULT_DEADLINE_MS, type ItemInput } from '../messages';

type Term = 'operation' | 'deadlineMs' | 'jobTimeBudgetMs';

/** Validates an item's terms, because callers may use JavaScript. */
export function toItemTerms(asked: Pick<ItemInput, Term>): Pick<Item, Term> {
  const { operation = DEFAULT_OPERATION, deadlineMs = DEFAULT_DEADLINE_MS, jobTimeBudgetMs } = asked;
  refuseProblems(findInputProblems(TERM_CHECKS, { operation, deadlineMs, jobTimeBudgetMs }));
  return { operation, deadlineMs, jobTimeBudgetMs: jobTimeBudgetMs ?? getOperationRow(operation).jobTimeBudgetMs };
}
