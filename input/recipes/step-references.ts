/** The files of earlier steps that templates use: `{{steps.ID}}` or `{{steps.ID.ROLE}}`. Pure. */
import { findFieldRule, getOperationRow, type OutputKind } from '../../workflows/domain/operations/operations';
import type { StepReference } from '../../workflows/domain/operations/step-reference';
import { adviseName } from '../requests/closest-match';
import type { Path } from './parse-document';
import { type RecipeStep, toFieldPath } from './recipe-step';
import { findOnlyVariable, listTemplateVariables, listVariables, type Template, type TextTemplate } from './template';

type Add = (path: Path, problem: string) => void;

/** A step whose operation may be unknown, which is a problem of its own. */
export interface CheckedStep extends Pick<RecipeStep, 'id' | 'fields'> {
  /** `null`: there is no such operation. */
  readonly operation: RecipeStep['operation'] | null;
}

const NAME = /^steps\.([^.]*)(?:\.(.*))?$/;

/** `null` if the variable is none of a step. */
export function parseStepVariable(name: string): StepReference | null {
  const [, step, role] = NAME.exec(name) ?? [];
  if (step === undefined) return null;
  return role === undefined ? { step } : { step, role };
}

/** The steps that the templates of a step use. */
export function listUsedSteps({ fields }: Pick<RecipeStep, 'fields'>): readonly string[] {
  const names = fields.flatMap(([, template]) => listTemplateVariables(template));
  return names.flatMap((name) => parseStepVariable(name)?.step ?? []);
}

export function checkReferences(steps: readonly CheckedStep[], name: TextTemplate | null, add: Add): void {
  for (const variable of listVariables(name ?? [])) {
    if (parseStepVariable(variable) !== null)
      add(['name'], `uses {{${variable}}}, the file of a step; keys are made before any step runs`);
  }
  for (const [index, { fields }] of steps.entries()) {
    for (const [field, template] of fields) {
      for (const variable of listTemplateVariables(template)) {
        const reference = parseStepVariable(variable);
        if (reference === null) continue;
        const isWhole = isWholeValue(template, variable);
        const problem = findProblem(steps, index, field, { reference, isWhole });
        if (problem !== null) add(toFieldPath(index, field), `uses {{${variable}}}, ${problem}`);
      }
    }
  }
}

/** Whether a variable is a value of the field, alone or in a list. */
function isWholeValue(template: Template, variable: string): boolean {
  const values = template.kind === 'list' ? template.items : [template];
  const using = values.filter((value) => listTemplateVariables(value).includes(variable));
  return using.every((value) => findOnlyVariable(value) === variable);
}

const KINDS: Readonly<Record<OutputKind, string>> = {
  image: 'a picture',
  video: 'a clip',
  audio: 'a sound',
  mesh: 'a mesh',
};

/** Phrased to follow the variable. */
function findProblem(
  steps: readonly CheckedStep[],
  index: number,
  field: string,
  { reference: { step: id, role }, isWhole }: { readonly reference: StepReference; readonly isWhole: boolean },
): string | null {
  const at = steps.findIndex((step) => step.id === id);
  const used = steps[at];
  const user = steps[index];
  if (used === undefined || user === undefined)
    return `but there is no step ${JSON.stringify(id)}; ${adviseStep(id, steps)}`;
  if (at === index) return 'its own file; must be that of an earlier step';
  if (at > index) return describeLater(steps, index, at);
  if (used.operation === null) return null;
  const { output, results } = getOperationRow(used.operation);
  const roles = results.map((result) => result.role);
  if (role !== undefined && !roles.includes(role))
    return `but ${used.operation} makes no file ${JSON.stringify(role)}; ${adviseName(role, roles)}`;
  const rule = user.operation === null ? undefined : findFieldRule(user.operation, field);
  if (rule === undefined) return null;
  if (rule.type !== 'url' && rule.type !== 'urls') return 'the file of a step, but the field takes no file';
  if (!isWhole) return 'the file of a step; it must be the whole value';
  if (rule.media === 'audio') return 'the file of a step, but the API has no upload for sounds';
  return output === 'image' ? null : `which is ${KINDS[output]}, but the field takes a picture`;
}

function adviseStep(id: string, steps: readonly CheckedStep[]): string {
  if (steps.length === 1) return 'the recipe has one step';
  // A missing id is a problem of its own.
  const ids = steps.flatMap((step) => step.id || []);
  return ids.length === 0 ? 'the steps have no ids' : adviseName(id, ids);
}

function describeLater(steps: readonly CheckedStep[], index: number, at: number): string {
  const user = steps[index];
  const path = user === undefined ? null : findPath(steps, at, user.id ?? '');
  if (path !== null) return `but that step needs this one (${[user?.id, ...path].join(' → ')}): a circle of steps`;
  return 'a later step; must be an earlier one: change the order of the steps';
}

/** The steps by which one needs another; `null` if it does not. */
function findPath(
  steps: readonly CheckedStep[],
  from: number,
  to: string,
  seen: ReadonlySet<number> = new Set(),
): readonly string[] | null {
  const step = steps[from];
  if (step === undefined || seen.has(from)) return null;
  if (step.id === to) return [to];
  for (const used of listUsedSteps(step)) {
    const path = findPath(
      steps,
      steps.findIndex(({ id }) => id === used),
      to,
      new Set([...seen, from]),
    );
    if (path !== null) return [step.id ?? '', ...path];
  }
  return null;
}
