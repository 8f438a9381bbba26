import { withoutMissing } from '../domain/base/without-missing';
import { findInputProblems, TERM_CHECKS } from '../domain/batch/input-checks';
import { type InputProblem, refuseProblems } from '../domain/item/application-failure';
import { type Item, type ItemStep, type RowStep, SINGLE_ITEMS_FOLDER, type StepSource } from '../domain/item/item';
import { findStepProblems } from '../domain/item/step-checks';
import { findStepFormats } from '../domain/item/step-format';
import { DEFAULT_OPERATION, getOperationRow } from '../domain/operations/operations';
import { listStepReferences } from '../domain/operations/step-reference';
import { listStoredInputs } from '../domain/operations/stored-input';
import { DEFAULT_DEADLINE_MS, type ItemInput } from '../messages';

type Term = 'operation' | 'deadlineMs' | 'jobTimeBudgetMs';

/** Validates an item's terms, because callers may use JavaScript. */
export function toItemTerms(asked: Pick<ItemInput, Term>): Pick<ItemStep, Term> {
  const { operation = DEFAULT_OPERATION, deadlineMs = DEFAULT_DEADLINE_MS, jobTimeBudgetMs } = asked;
  refuseProblems(findInputProblems(TERM_CHECKS, { operation, deadlineMs, jobTimeBudgetMs }));
  return { operation, deadlineMs, jobTimeBudgetMs: jobTimeBudgetMs ?? getOperationRow(operation).jobTimeBudgetMs };
}

/** What makes an item that is no row of a batch. */
export type SingleItemInput = Pick<ItemInput, Term | 'request' | 'steps' | 'keep'>;

/** The item of a workflow, whose request or steps are passed inline. */
export function toSingleItem(key: string, input: SingleItemInput): Item {
  const { steps, keep, request = {}, ...terms } = input;
  if (steps === undefined) {
    const checked = toItemTerms(terms);
    const hasFiles = listStoredInputs(checked.operation, request).length > 0;
    return { key, steps: [{ key, source: { request }, ...PLACE, ...checked, ...(hasFiles ? { hasFiles } : {}) }] };
  }
  refuseProblems([...findStepProblems(steps), ...findKeepProblems(steps, keep)]);
  const formats = findStepFormats(steps);
  const all = steps.map((step) => toItemStep(key, step, terms, toStepSource(step, steps, formats)));
  return { key, steps: all, ...withoutMissing({ keep }) };
}

function findKeepProblems(steps: readonly RowStep[], keep: readonly string[] = []): readonly InputProblem[] {
  const isStep = (id: string) => Array.isArray(steps) && steps.some((step) => step?.id === id);
  return keep.filter((id) => !isStep(id)).map((id) => ({ field: 'keep', problem: `names "${id}", which is no step` }));
}

const PLACE = { folder: SINGLE_ITEMS_FOLDER, price: 0 } as const;

function toItemStep(
  key: string,
  { id, operation, request }: RowStep,
  terms: Pick<ItemInput, Term>,
  step: StepSource,
): ItemStep {
  const usesFiles = [...listStoredInputs(operation, request), ...listStepReferences(operation, request)].length > 0;
  const hasFiles = usesFiles ? { hasFiles: true as const } : {};
  return { key, id, source: { request, step }, ...PLACE, ...toItemTerms({ ...terms, operation }), ...hasFiles };
}

function toStepSource(step: RowStep, steps: readonly RowStep[], formats: ReadonlyMap<string, string>): StepSource {
  const isLast = step === steps.at(-1) ? { isLast: true as const } : {};
  return { id: step.id, ...isLast, ...withoutMissing({ format: formats.get(step.id) }) };
}
