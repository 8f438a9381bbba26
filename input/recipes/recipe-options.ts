/** A recipe as a value of a program, typed. */
import type { OperationName } from '../../workflows/domain/operations/operations';
import type { RequestOf } from '../../workflows/domain/operations/request-type';
import type { PictureBytes } from '../pictures/picture-bytes';

/** A field of a recipe: a value, or a text with variables. */
type RecipeFields<N extends OperationName> = {
  readonly [F in keyof RequestOf<N, PictureBytes>]: RequestOf<N, PictureBytes>[F] | string;
};

/** A step of a recipe, typed by its operation. */
export type RecipeStepOptions<N extends OperationName = OperationName> = N extends OperationName
  ? { readonly id?: string; readonly operation: N; readonly fields: RecipeFields<N> }
  : never;

type MatrixValues =
  | readonly (string | number | boolean)[]
  | { readonly from: number; readonly to: number }
  | { readonly file: string };

type Combinations = readonly Readonly<Record<string, string | number | boolean>>[];

/** A recipe by value; it has the form of the file. */
export interface RecipeOptions {
  /** In the order in which they run. `{{steps.ID}}` is the file of an earlier one. */
  readonly steps: readonly RecipeStepOptions[];
  /** Ids of steps whose files are results, beside the last one. Default: none. */
  readonly keep?: readonly string[];
  /** Variables and their values. Default: none. */
  readonly matrix?:
    | { readonly include?: Combinations; readonly exclude?: Combinations }
    | Readonly<Record<string, MatrixValues | Combinations>>;
  /** The keys of the items of a batch; not used for a single item. */
  readonly name?: string;
}
