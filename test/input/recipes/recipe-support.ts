/** Recipes from texts, and the items that they make. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { InputFileError } from '../../../input/input-file-error';
import type { InputRow } from '../../../input/input-row';
import { openRecipe } from '../../../input/recipes/open-recipe';
import { tempFolder } from '../../support/temp-folder';
import { splitChunks } from '../input-support';

interface Files {
  readonly [name: string]: string;
}

interface Options {
  /** The file of rows. */
  readonly rows?: string;
  readonly set?: Readonly<Record<string, string>>;
}

/** The items of `recipe.yaml`. */
export async function expand(recipe: string, files: Files = {}, { rows, set = {} }: Options = {}) {
  const cwd = tempFolder();
  for (const [name, text] of Object.entries({ ...files, 'recipe.yaml': recipe }))
    writeFileSync(path.join(cwd, name), text);
  const options = { cwd, stdin: splitChunks(''), values: new Map(Object.entries(set)) };
  const opened = await openRecipe('recipe.yaml', rows ?? null, options);
  const items: InputRow[] = [];
  for await (const item of opened.rows) items.push(item);
  return { items, combinations: opened.countCombinations(), cwd };
}

/** The lines of the message of a recipe that cannot be used. */
export async function refusal(recipe: string, files: Files = {}, options: Options = {}): Promise<readonly string[]> {
  try {
    await expand(recipe, files, options);
  } catch (error) {
    if (error instanceof InputFileError) return error.message.split('\n');
    throw error;
  }
  return [];
}

export const keysOf = (items: readonly InputRow[]) => items.map(({ values }) => values['key']);

export const problemsOf = (items: readonly InputRow[]) =>
  items.flatMap(({ line, problems }) => problems.map(({ field, problem }) => `${line}: ${field} ${problem}`));
