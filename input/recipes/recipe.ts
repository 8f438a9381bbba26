import type { OperationName } from '../../workflows/domain/operations/operations';
import { toFieldPath } from './check-recipe';
import type { Combination, Matrix } from './matrix';
import type { Path } from './parse-document';
import { listTemplateVariables, listVariables, type Template, type TextTemplate } from './template';

/** A recipe without problems. */
export interface Recipe {
  /** The folder of its file. Relative paths in it start from there. */
  readonly folder: string;
  /** The folder that relative paths in `set` start from. */
  readonly cwd: string;
  readonly operation: OperationName;
  readonly fields: readonly (readonly [string, Template])[];
  /** The template of the keys; `null` for the default. */
  readonly name: TextTemplate | null;
  readonly matrix: Matrix;
  /** The variables of the matrix, before values that were set replaced some of it. */
  readonly inMatrix: ReadonlySet<string>;
  /** Variables that the caller has set. They replace those of rows and of the matrix. */
  readonly set: ReadonlyMap<string, string>;
}

/** The variables of a matrix. */
export function listMatrixVariables({ lists, include }: Matrix): ReadonlySet<string> {
  return new Set([...lists.keys(), ...include.flatMap((values: Combination) => [...values.keys()])]);
}

/** Variables of a recipe that do not come from rows: those of the matrix, and those that the caller has set. */
export function listOwnVariables({ inMatrix, set }: Recipe): ReadonlySet<string> {
  return new Set([...inMatrix, ...set.keys()]);
}

/** A variable that a template uses, and the place of the template in the recipe. */
interface VariableUse {
  readonly path: Path;
  readonly variable: string;
}

export function listUses({ fields, name }: Pick<Recipe, 'fields' | 'name'>): readonly VariableUse[] {
  const toUses = (path: Path, variables: readonly string[]) => variables.map((variable) => ({ path, variable }));
  return [
    ...fields.flatMap(([field, template]) => toUses(toFieldPath(field), listTemplateVariables(template))),
    ...toUses(['name'], listVariables(name ?? [])),
  ];
}
