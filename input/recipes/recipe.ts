import type { Combination, Matrix } from './matrix';
import type { Path } from './parse-document';
import { type RecipeSteps, toFieldPath } from './recipe-step';
import { parseStepVariable } from './step-references';
import { listTemplateVariables, listVariables } from './template';

/** A recipe without problems. */
export interface Recipe extends RecipeSteps {
  /** The folder of its file. Relative paths in it start from there. */
  readonly folder: string;
  /** The folder that relative paths in `values` start from. */
  readonly cwd: string;
  readonly matrix: Matrix;
  /** The variables of the matrix, before values that were set replaced some of it. */
  readonly inMatrix: ReadonlySet<string>;
  /** Variables that the caller has set. They replace those of rows and of the matrix. */
  readonly values: ReadonlyMap<string, unknown>;
}

/** The variables of a matrix. */
export function listMatrixVariables({ lists, include }: Matrix): ReadonlySet<string> {
  return new Set([...lists.keys(), ...include.flatMap((values: Combination) => [...values.keys()])]);
}

/** Variables of a recipe that do not come from rows: those of the matrix, and those that the caller has set. */
export function listOwnVariables({ inMatrix, values }: Recipe): ReadonlySet<string> {
  return new Set([...inMatrix, ...values.keys()]);
}

/** A variable that a template uses, and the place of the template in the recipe. */
interface VariableUse {
  readonly path: Path;
  readonly variable: string;
}

/** Without files of steps, which are no variables. */
export function listUses({ steps, name }: Pick<Recipe, 'steps' | 'name'>): readonly VariableUse[] {
  const toUses = (path: Path, variables: readonly string[]) =>
    variables.filter((variable) => parseStepVariable(variable) === null).map((variable) => ({ path, variable }));
  return [
    ...steps.flatMap(({ fields }, index) =>
      fields.flatMap(([field, template]) => toUses(toFieldPath(index, field), listTemplateVariables(template))),
    ),
    ...toUses(['name'], listVariables(name ?? [])),
  ];
}
