/** The rows of a program: its own, or the items that a recipe makes of them. */
import { isObject } from '../../workflows/domain/base/is-object';
import { InputFileError } from '../input-file-error';
import type { InputRow } from '../input-row';
import { BODY_WORDS, type PlanWords, ROW_WORDS } from '../plan-words';
import {
  type BatchRows,
  type ColumnOptions,
  findRowsProblem,
  readProgramRows,
  readVariableRows,
} from '../program-rows';
import type { FieldProblem } from '../requests/request-schema';
import { expandRows } from './expand-rows';
import { checkRecipe, type GivenRecipe, parseGivenRecipe, readRecipe, toGivenRecipe } from './load-recipe';
import type { RecipeOptions } from './recipe-options';

/** Rows, or a recipe that makes them. */
export interface GivenRows extends ColumnOptions {
  /** Required without a recipe. With one, their fields are its variables; default: the matrix alone makes the items. */
  readonly rows?: BatchRows;
  /** A recipe by value, or the path of its file. Default: the rows are the items. */
  readonly recipe?: RecipeOptions | string;
  /** Values of variables of the recipe. They replace a list of the matrix, or a field of the rows. Default: none. */
  readonly values?: Readonly<Record<string, unknown>>;
}

interface OpenedGivenRows {
  readonly rows: AsyncIterable<InputRow>;
  readonly words: PlanWords;
  /** The folder that paths start from; `null`: the working folder. */
  readonly folder: string | null;
  /** The id of the only step of the recipe; `null` if it has none. Absent: there is no recipe, or it has several steps. */
  readonly onlyStep?: string | null | undefined;
}

/** The wording for items of rows: several are made of one. */
const ROW_ITEM_WORDS: PlanWords = { ...ROW_WORDS, place: (number) => `an item of rows[${number - 1}]` };
/** The wording for items without rows. */
const COMBINATION_WORDS: PlanWords = { ...ROW_WORDS, place: (number) => `combination ${number}` };

/**
 * @param cwd the working folder; `null`: neither the recipe nor its values may be files
 * @throws InputFileError with every problem
 */
export async function openGivenRows(given: GivenRows, cwd: string | null): Promise<OpenedGivenRows> {
  const { rows, recipe: wanted } = given;
  refuse(findGivenProblems(given));
  if (wanted === undefined) return { rows: readProgramRows(rows ?? [], given), words: ROW_WORDS, folder: null };
  return openItems(await readGiven(wanted, cwd), given, cwd ?? '.');
}

/** The items of a recipe that was read. */
async function openItems(
  recipe: GivenRecipe,
  { rows, values = {} }: Pick<GivenRows, 'rows' | 'values'>,
  cwd: string,
): Promise<OpenedGivenRows> {
  const checked = await checkRecipe(recipe, {
    cwd,
    values: new Map(Object.entries(values)),
    hasRows: rows !== undefined,
  });
  const source = rows === undefined ? null : { rows: readVariableRows(rows), pathsFrom: cwd };
  const words = source === null ? COMBINATION_WORDS : ROW_ITEM_WORDS;
  return { rows: expandRows(checked, source), words, folder: checked.folder, onlyStep: checked.onlyStep };
}

/** The wording for items of an uploaded file. */
const UPLOAD_WORDS: PlanWords = { ...BODY_WORDS, place: (line) => `an item of line ${line}` };

/**
 * The items of a recipe that was uploaded as a text.
 *
 * @param rows whose columns are variables; `null`: the matrix alone makes the items
 * @throws InputFileError with every problem, each with its line and path
 */
export async function openUploadedItems(
  text: string,
  rows: AsyncIterable<InputRow> | null,
  values: Readonly<Record<string, unknown>> = {},
): Promise<Pick<OpenedGivenRows, 'rows' | 'words'>> {
  const given = parseGivenRecipe(text, 'values');
  const checked = await checkRecipe(given, {
    cwd: '.',
    values: new Map(Object.entries(values)),
    hasRows: rows !== null,
  });
  if (rows === null)
    return { rows: expandRows(checked, null), words: { ...UPLOAD_WORDS, place: COMBINATION_WORDS.place } };
  return { rows: expandRows(checked, { rows, pathsFrom: '.' }), words: UPLOAD_WORDS };
}

/** A path is for programs that may read files. */
async function readGiven(wanted: RecipeOptions | string, cwd: string | null): Promise<GivenRecipe> {
  if (typeof wanted !== 'string' || cwd === null)
    return toGivenRecipe(wanted, cwd ?? '.', { mayNameFiles: cwd !== null });
  return { ...(await readRecipe(wanted, cwd)), valuesName: 'values' };
}

function refuse(problems: readonly FieldProblem[]): void {
  if (problems.length > 0) throw new InputFileError(problems);
}

function findGivenProblems({ rows, recipe, values, carry, strictColumns }: GivenRows): readonly FieldProblem[] {
  const wrongRows = rows === undefined && recipe !== undefined ? null : findRowsProblem(rows);
  return [
    ...(wrongRows === null ? [] : [wrongRows]),
    ...(values === undefined || isObject(values)
      ? []
      : [{ field: 'values', problem: 'must be an object with the values of variables' }]),
    ...(recipe === undefined && values !== undefined
      ? [{ field: 'values', problem: 'is for variables of a recipe' }]
      : []),
    ...Object.entries({ carry, strictColumns })
      .filter(([, value]) => recipe !== undefined && value !== undefined)
      .map(([field]) => ({ field, problem: 'cannot be given with a recipe: every field is a variable' })),
  ];
}
