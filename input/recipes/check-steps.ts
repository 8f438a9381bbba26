/** Checks the steps of a recipe of a valid form: operations, fields, templates, and which files of steps they use. Pure. */
import { findStepIdProblem } from '../../workflows/domain/item/step-checks';
import {
  findFieldRule,
  getOperationRow,
  isOperationName,
  type OperationName,
} from '../../workflows/domain/operations/operations';
import { adviseName } from '../requests/closest-match';
import { adviseOperation } from '../requests/operation-advice';
import type { DocumentProblem, Path } from './parse-document';
import type { RecipeForm } from './recipe-schema';
import { type RecipeStep, type RecipeSteps, toFieldPath } from './recipe-step';
import { type CheckedStep, checkReferences, listUsedSteps } from './step-references';
import { parseTemplate, parseText } from './template';

type Add = (path: Path, problem: string) => void;

type GivenStep = RecipeForm['steps'][number];

export function checkSteps(form: RecipeForm, problems: Omit<DocumentProblem, 'line'>[]): RecipeSteps {
  const add: Add = (path, problem) => problems.push({ path, problem });
  const { steps: given, keep = [] } = form;
  const ids = given.map(({ id }) => id ?? null);
  checkIds(ids, add);
  const all = given.map((step, index) => checkStep(step, index, given.length === 1, add));
  const steps = all.flatMap((step) => (isKnownStep(step) ? [step] : []));
  const name = form.name === undefined ? null : parseText(form.name, (problem) => add(['name'], problem));
  checkReferences(all, name, add);
  checkKeep(keep, ids, add);
  if (problems.length === 0) checkUse(steps, keep, add);
  const [first] = given;
  return { steps, keep, name, ...(given.length === 1 ? { onlyStep: first?.id ?? null } : {}) };
}

function isKnownStep(step: CheckedStep): step is RecipeStep {
  return step.operation !== null;
}

function checkStep({ id, operation, fields }: GivenStep, index: number, isOnly: boolean, add: Add): CheckedStep {
  const isKnown = isOperationName(operation);
  if (!isKnown) add(['steps', index, 'operation'], `is ${JSON.stringify(operation)}; ${adviseOperation(operation)}`);
  if (isKnown) checkFieldNames(operation, index, Object.keys(fields), add);
  const templates = Object.entries(fields).map(([field, value]) => {
    const onProblem = (problem: string) => add(toFieldPath(index, field), problem);
    return [field, parseTemplate(value, onProblem)] as const;
  });
  return { id: isOnly ? null : (id ?? ''), operation: isKnown ? operation : null, fields: templates };
}

function checkFieldNames(operation: OperationName, step: number, fields: readonly string[], add: Add): void {
  const known = Object.keys(getOperationRow(operation).fields);
  for (const field of fields) {
    if (findFieldRule(operation, field) === undefined)
      add(toFieldPath(step, field), `is not a field of ${operation}; ${adviseName(field, known)}`);
  }
}

function checkIds(ids: readonly (string | null)[], add: Add): void {
  const firsts = new Map<string, number>();
  for (const [index, id] of ids.entries()) {
    const path = ['steps', index, 'id'];
    if (id === null) {
      if (ids.length > 1) add(path, 'is missing; each of several steps must have an id');
      continue;
    }
    // On many file systems, names that differ only in case are one file.
    const first = firsts.get(id.toLowerCase());
    const problem = findStepIdProblem(id);
    if (problem !== null) add(path, `is ${JSON.stringify(id)}; ${problem}`);
    else if (first !== undefined) add(path, `is ${JSON.stringify(id)}, which steps[${first}] has; must be unique`);
    firsts.set(id.toLowerCase(), first ?? index);
  }
}

function checkKeep(keep: readonly string[], ids: readonly (string | null)[], add: Add): void {
  const known = ids.flatMap((id) => id ?? []);
  for (const [index, id] of keep.entries()) {
    const first = keep.indexOf(id);
    if (first < index) add(['keep', index], `is ${JSON.stringify(id)}, which keep[${first}] has; must be unique`);
    if (first < index || known.includes(id)) continue;
    const advice = known.length === 0 ? 'the step has no id' : adviseName(id, known);
    add(['keep', index], `is ${JSON.stringify(id)}, which is not a step; ${advice}`);
  }
}

/** Every step but the last must be of use, because it is paid. */
function checkUse(steps: readonly RecipeStep[], keep: readonly string[], add: Add): void {
  const used = new Set([...keep, ...steps.flatMap(listUsedSteps)]);
  for (const [index, { id }] of steps.slice(0, -1).entries()) {
    if (id === null || used.has(id)) continue;
    const why = 'no later step uses its file, and it is not in keep';
    add(['steps', index], `is paid for nothing: ${why}; use {{steps.${id}}} in a later step, or add ${id} to keep`);
  }
}
