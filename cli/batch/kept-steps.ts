/** Which steps' files are results, by another recipe than that of the batch. */
import { InputFileError } from '../../input/input-file-error';
import { loadRecipe } from '../../input/recipes/load-recipe';
import type { CliContext } from '../context';
import { UsageError } from '../usage-error';

/** Ids of steps whose files are results beside those of the last one; `null`: as the batch says. */
export type Keep = readonly string[] | null;

export const KEEP_HELP = 'for items of several steps: the files of the steps that "keep" in this recipe names';

/** @throws UsageError with every problem of the recipe */
export async function readKeep(recipe: string | undefined, { cwd }: Pick<CliContext, 'cwd'>): Promise<Keep> {
  if (recipe === undefined) return null;
  try {
    return (await loadRecipe(recipe, { cwd, hasRows: true })).keep;
  } catch (error) {
    throw error instanceof InputFileError ? new UsageError([error.message]) : error;
  }
}
