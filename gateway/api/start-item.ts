/** Starts an item from a body: JSON, or a form with the same JSON and the files that it names. */
import { readFile } from 'node:fs/promises';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { InvalidRequestError } from '../../client';
import type { ItemHandle } from '../../client/items/item-handle';
import { refuseTakenIds } from '../../client/items/taken-ids';
import type { FileParts, PictureInputs } from '../../input/pictures/picture-inputs';
import { resolveOptions, resolveRecipe } from '../../input/pictures/resolve-options';
import { findAgainProblems, type ItemOptions, type StartRecipeOptions } from '../../input/requests/item-options';
import type { FieldProblem } from '../../input/requests/request-schema';
import { visibleText } from '../../input/requests/visible-text';
import { findErrorName } from '../../workflows/domain/base/errors';
import { isObject } from '../../workflows/domain/base/is-object';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { DEFAULT_OPERATION, isOperationName } from '../../workflows/domain/operations/operations';
import { MAX_BODY_BYTES } from '../guarded-app';
import { tokenOf } from './access/guard-access';
import { explainReuse, findStartId } from './access/own-ids';
import { type FormPart, isForm, withForm } from './form';
import { recipeItemBody } from './item-requests';
import { ApiProblem } from './problem';
import { parseJson } from './read-json';
import { Semaphore } from './semaphore';
import { type ApiTools, batchBounds, newInputs, withDeadline } from './tools';
import { checkBySchema, type FurtherCheck, withoutNamed } from './validate';

/** The part of a form that has the JSON. */
export const ITEM_PART = 'item';

/** Maximum concurrent forms. Each keeps its files in the temporary folder until all are checked. */
const MAX_FORMS = 32;
/** Maximum forms whose files are checked and stored at the same time: each has one file of up to 20 MB in memory. */
const MAX_CHECKED_FORMS = 4;

/** How the body of a path is checked. */
interface ItemDoor {
  readonly body: z.ZodType;
  readonly findProblems: FurtherCheck;
  /** Whether the body may have a recipe instead of an operation. */
  readonly takesRecipes: boolean;
}

export class ItemStarter {
  private readonly forms = new Semaphore(MAX_FORMS, 'uploads of files');
  private readonly checks = new Semaphore(MAX_CHECKED_FORMS, 'checks of files');

  constructor(private readonly tools: ApiTools) {}

  /**
   * @throws InvalidRequestError with every problem of the fields and files; nothing was kept or started
   * @throws ApiProblem if the body cannot be read
   */
  async start(request: FastifyRequest, door: ItemDoor): Promise<ItemHandle> {
    if (!isForm(request)) return startItem(this.tools, door, request, request.body, new Map());
    return this.forms.run(() =>
      withForm(request, ITEM_PART, batchBounds(this.tools.settings), async ({ main, files }) => {
        const body = await readItem(main);
        const releaseCheck = await this.checks.wait();
        return startItem(this.tools, door, request, body, files).finally(releaseCheck);
      }),
    );
  }
}

async function readItem({ bytes, path }: FormPart): Promise<unknown> {
  const what = `the part ${ITEM_PART}`;
  if (bytes <= MAX_BODY_BYTES) return parseJson(await readFile(path), what);
  const remedy = `Send at most ${MAX_BODY_BYTES / 1024} KiB there; nothing was started.`;
  throw new ApiProblem('BODY_TOO_LARGE', `${what} is larger than ${MAX_BODY_BYTES} bytes`, { remedy });
}

async function startItem(
  tools: ApiTools,
  door: ItemDoor,
  request: FastifyRequest,
  sent: unknown,
  parts: FileParts,
): Promise<ItemHandle> {
  const { client, store, log } = tools;
  const token = tokenOf(request);
  const start = findStartId(token, request.headers, isObject(sent) ? sent['id'] : undefined);
  const given = isObject(sent) && start.id !== undefined ? { ...sent, id: start.id } : sent;
  const used = new Set<string>();
  const inputs = newInputs(tools, token, recordUse(parts, used));
  const hasRecipe = door.takesRecipes && isObject(given) && Object.hasOwn(given, 'recipe');
  const { options, problems } = hasRecipe
    ? await readRecipeItem(inputs, given)
    : await readPlainItem(inputs, door, given);
  const unused = options === null ? [] : findUnused(parts, used);
  const all = withoutNamed([...start.problems, ...problems], unused);
  if (options === null || all.length > 0) throw new InvalidRequestError(all);
  try {
    await refuseTakenIds(client.temporal, store, [options], (error) =>
      log(`could not check an id in the store: ${findErrorName(error)}`),
    );
    if (inputs.counts.files > 0) await inputs.keepUsed(store.inputs);
    return await withDeadline(tools, () => client.startResolved(options));
  } catch (error) {
    throw explainReuse(start, error);
  }
}

/** The options with requests that name the content of their files, and every problem; `null` if they cannot be read. */
interface ReadItem {
  readonly options: ItemOptions | null;
  readonly problems: readonly FieldProblem[];
}

/** An item of a recipe. */
async function readRecipeItem(inputs: PictureInputs, given: Readonly<Record<string, unknown>>): Promise<ReadItem> {
  const { data, problems: wrong } = checkBySchema(recipeItemBody, given, findAgainProblems);
  // A field with a problem of its own is left out.
  const { values } = given;
  const known = data ?? withoutMissing({ values: isObject(values) ? values : undefined });
  const wanted = { ...known, recipe: given['recipe'] } as unknown as StartRecipeOptions;
  const { options, problems } = await resolveRecipe(inputs, wanted, RECIPE_TERMS);
  return { options, problems: withoutNamed(wrong, problems) };
}

const RECIPE_TERMS = {
  mayNameFiles: false,
  batchAdvice: 'choose one by values, or start a batch with POST /v1/batches',
} as const;

async function readPlainItem(
  inputs: PictureInputs,
  { body, findProblems }: ItemDoor,
  given: unknown,
): Promise<ReadItem> {
  const { data, problems: wrong } = checkBySchema(body, given, findProblems);
  const fields: Readonly<Record<string, unknown>> = isObject(data ?? given) ? ((data ?? given) as typeof fields) : {};
  const operation = fields['operation'] ?? DEFAULT_OPERATION;
  const options = withoutMissing({ ...fields, operation }) as unknown as ItemOptions;
  // Without an operation and its request it is not known what the files are for.
  if (!isOperationName(options.operation) || !isObject(options.request)) return { options: null, problems: wrong };
  const { options: resolved, problems } = await resolveOptions(inputs, options);
  return { options: resolved, problems: withoutNamed(wrong, problems) };
}

/** Records which files are read. */
function recordUse(parts: FileParts, used: Set<string>): FileParts {
  return new Map(
    [...parts].map(([name, read]) => {
      const readAndRecord = () => {
        used.add(name);
        return read();
      };
      return [name, readAndRecord];
    }),
  );
}

function findUnused(parts: FileParts, used: ReadonlySet<string>): readonly FieldProblem[] {
  return [...parts.keys()]
    .filter((name) => !used.has(name))
    .map((name) => ({
      field: name,
      problem: `is a file that no field names; must be named as ${visibleText(`part:${name}`)}`,
    }));
}
