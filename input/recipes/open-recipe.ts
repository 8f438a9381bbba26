/** Opens the items of a recipe as the rows of a batch. */
import path from 'node:path';
import { InputFileError } from '../input-file-error';
import { type OpenInputOptions, STDIN } from '../open-input';
import { isFolder, type OpenedRows, openRowsFile } from '../open-rows';
import { FILE_WORDS, type PlanWords } from '../plan-words';
import { expandRows } from './expand-rows';
import { loadRecipe } from './load-recipe';
import { countCombinations } from './matrix';

interface OpenedRecipe extends OpenedRows {
  readonly onlyStep?: string | null | undefined;
  /** Counts them one at a time if some are excluded. */
  readonly countCombinations: () => number;
}

export interface OpenRecipeOptions extends OpenInputOptions {
  /** Values of variables, by name. */
  readonly values: ReadonlyMap<string, string>;
}

/** The wording for items of rows: several begin in one line. */
const ROW_ITEM_WORDS: PlanWords = { ...FILE_WORDS, place: (line) => `an item of line ${line}` };
/** The wording for items without rows. */
const COMBINATION_WORDS: PlanWords = {
  ...FILE_WORDS,
  hasLines: false,
  place: (number) => `combination ${number}`,
};

/**
 * @param rowsFile `null`: the matrix alone makes the items
 * @throws InputFileError with every problem of the recipe, or of the options of the file of rows
 */
export async function openRecipe(
  file: string,
  rowsFile: string | null,
  { values, ...options }: OpenRecipeOptions,
): Promise<OpenedRecipe> {
  const source = rowsFile === null ? null : openVariableRows(rowsFile, options);
  const recipe = await loadRecipe(file, { cwd: options.cwd, values, hasRows: source !== null });
  return {
    name: source?.name ?? file,
    rows: expandRows(recipe, source),
    words: source === null ? COMBINATION_WORDS : ROW_ITEM_WORDS,
    pathsFrom: recipe.folder,
    onlyStep: recipe.onlyStep,
    countCombinations: () => countCombinations(recipe.matrix),
  };
}

function openVariableRows(file: string, options: OpenInputOptions): OpenedRows {
  if (file !== STDIN && isFolder(path.resolve(options.cwd, file)))
    throw new InputFileError([{ field: file, problem: 'is a folder; with a recipe it must be a file of rows' }]);
  return openRowsFile(file, { ...options, columns: { ...options.columns, areVariables: true } });
}
