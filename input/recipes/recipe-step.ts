import type { OperationName } from '../../workflows/domain/operations/operations';
import type { Path } from './parse-document';
import type { Template, TextTemplate } from './template';

/** The operation and the templates of a step. */
export interface RecipeStep {
  /** `null` for the only step of a recipe. */
  readonly id: string | null;
  readonly operation: OperationName;
  readonly fields: readonly (readonly [string, Template])[];
}

export interface RecipeSteps {
  readonly steps: readonly RecipeStep[];
  /** The id of the only step; `null` if it has none. Absent: there are several steps. */
  readonly onlyStep?: string | null;
  /** Ids of steps whose files are results, beside the last one. */
  readonly keep: readonly string[];
  /** The template of the keys; `null` for the default. */
  readonly name: TextTemplate | null;
}

/** The path of a field in the recipe. */
export function toFieldPath(step: number, field: string): Path {
  return ['steps', step, 'fields', field];
}
