import { isObject } from '../../workflows/domain/base/is-object';
import { isOperationName } from '../../workflows/domain/operations/operations';
import { toGivenRecipe } from '../recipes/load-recipe';
import { findItemWork } from '../recipes/single-item';
import { findTermProblems, type ItemOptions, type StartRecipeOptions, startProblems } from '../requests/item-options';
import type { FieldProblem } from '../requests/request-schema';
import type { InputKeeper, PictureInputs } from './picture-inputs';

interface ResolvedOptions {
  readonly options: ItemOptions;
  readonly problems: readonly FieldProblem[];
}

/** The options of an item with a request that names the content of its files, and the problems of the files. */
export async function resolveOptions(inputs: PictureInputs, options: ItemOptions): Promise<ResolvedOptions> {
  const { operation } = options;
  // Callers may use JavaScript. Without a known operation it is not known which fields are inputs.
  if (!isOperationName(operation)) return { options, problems: [] };
  const { request, problems } = await inputs.resolve(operation, options.request);
  inputs.use(operation, request);
  return { options: { ...options, request }, problems };
}

async function nameBytes(inputs: PictureInputs, options: ItemOptions): Promise<ItemOptions> {
  const { operation, request } = options;
  // Callers may use JavaScript.
  if (!isOperationName(operation) || !isObject(request)) return options;
  return { ...options, request: await inputs.nameBytes(operation, request) };
}

/** What a caller wants: an item of one operation, or of a recipe. */
export type WantedItem = ItemOptions | StartRecipeOptions;

/** The work and the terms of an item; `null` if there are problems. */
type CheckedItem =
  | { readonly options: ItemOptions; readonly problems: readonly [] }
  | { readonly options: null; readonly problems: readonly FieldProblem[] };

interface RecipeTerms {
  readonly mayNameFiles: boolean;
  /** What to do instead if there are several items, as a clause. */
  readonly batchAdvice: string;
}

/** The item of a recipe that a program has given. */
export async function resolveRecipe(
  inputs: PictureInputs,
  { recipe, values = {}, ...terms }: StartRecipeOptions,
  { mayNameFiles, batchAdvice }: RecipeTerms,
): Promise<CheckedItem> {
  const { folder: cwd } = inputs;
  const { id } = terms;
  // Callers may use JavaScript.
  const others = ['operation', 'request'].filter((name) => Object.hasOwn(terms, name));
  const problems = [
    ...findTermProblems(terms),
    ...others.map((field) => ({ field, problem: 'is part of the recipe; leave it out' })),
    ...(isObject(values) ? [] : [{ field: 'values', problem: 'must be an object with the values of variables' }]),
  ];
  const variables = new Map(isObject(values) ? Object.entries(values) : []);
  const given = toGivenRecipe(recipe, cwd, { mayNameFiles });
  const found = await findItemWork(given, { id, cwd, values: variables, inputs, batchAdvice, idName: 'id' });
  if (found.work === null || problems.length > 0) return { options: null, problems: [...problems, ...found.problems] };
  return { options: { ...terms, ...found.work }, problems: [] };
}

const LIBRARY_TERMS: RecipeTerms = {
  mayNameFiles: true,
  batchAdvice: 'choose one by values, or start a batch',
};

/**
 * Checks an item and puts its files into a store, unless there is a problem. Then closes the inputs.
 *
 * @param openKeeper called if there are files
 */
export async function storeFiles(
  inputs: PictureInputs,
  openKeeper: () => InputKeeper,
  wanted: WantedItem,
): Promise<CheckedItem> {
  try {
    const checked =
      'recipe' in wanted ? await resolveRecipe(inputs, wanted, LIBRARY_TERMS) : await check(inputs, wanted);
    if (checked.options !== null && inputs.counts.files > 0) await inputs.keepUsed(openKeeper());
    return checked;
  } finally {
    await inputs.close();
  }
}

async function check(inputs: PictureInputs, given: ItemOptions): Promise<CheckedItem> {
  const named = await nameBytes(inputs, given);
  const { options, problems: wrongFiles } = await resolveOptions(inputs, named);
  const problems = [...startProblems(named, undefined, inputs.accepted), ...wrongFiles];
  return problems.length > 0 ? { options: null, problems } : { options, problems: [] };
}
