import { isObject } from '../../workflows/domain/base/is-object';
import { isOperationName } from '../../workflows/domain/operations/operations';
import { type ItemOptions, startProblems } from '../requests/item-options';
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

/**
 * Checks the options of an item and puts its files into a store, unless there is a problem. Then closes the inputs.
 *
 * @param openKeeper called if there are files
 */
export async function storeFiles(
  inputs: PictureInputs,
  openKeeper: () => InputKeeper,
  given: ItemOptions,
): Promise<ResolvedOptions> {
  try {
    const named = await nameBytes(inputs, given);
    const { options, problems: wrongFiles } = await resolveOptions(inputs, named);
    const problems = [...startProblems(named, undefined, inputs.accepted), ...wrongFiles];
    if (problems.length === 0 && inputs.counts.files > 0) await inputs.keepUsed(openKeeper());
    return { options, problems };
  } finally {
    await inputs.close();
  }
}
