/** Starts an item from a body: JSON, or a form with the same JSON and the files that it names. */
import { readFile } from 'node:fs/promises';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { InvalidRequestError } from '../../client';
import type { ItemHandle } from '../../client/items/item-handle';
import { refuseTakenIds } from '../../client/items/taken-ids';
import type { FileParts, PictureInputs } from '../../input/pictures/picture-inputs';
import { resolveOptions } from '../../input/pictures/resolve-options';
import { parseInputReference } from '../../input/requests/input-reference';
import type { ItemOptions } from '../../input/requests/item-options';
import type { FieldProblem } from '../../input/requests/request-schema';
import { visibleText } from '../../input/requests/visible-text';
import { findErrorName } from '../../workflows/domain/base/errors';
import { isObject } from '../../workflows/domain/base/is-object';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { DEFAULT_OPERATION, isOperationName } from '../../workflows/domain/operations/operations';
import { listInputs } from '../../workflows/domain/operations/stored-input';
import { MAX_BODY_BYTES } from '../guarded-app';
import { tokenOf } from './access/guard-access';
import { explainReuse, findStartId } from './access/own-ids';
import { type FormPart, isForm, withForm } from './form';
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
    const release = this.forms.take();
    try {
      return await withForm(request, ITEM_PART, batchBounds(this.tools.settings), async ({ main, files }) => {
        const body = await readItem(main);
        const releaseCheck = await this.checks.wait();
        return startItem(this.tools, door, request, body, files).finally(releaseCheck);
      });
    } finally {
      release();
    }
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
  { body, findProblems }: ItemDoor,
  request: FastifyRequest,
  sent: unknown,
  parts: FileParts,
): Promise<ItemHandle> {
  const { client, store, log } = tools;
  const token = tokenOf(request);
  const start = findStartId(token, request.headers, isObject(sent) ? sent['id'] : undefined);
  const given = isObject(sent) && start.id !== undefined ? { ...sent, id: start.id } : sent;
  const { data, problems } = checkBySchema(body, given, findProblems);
  const inputs = newInputs(tools, token, parts);
  const files = await resolveFiles(inputs, data ?? given, parts);
  const all = withoutNamed([...problems, ...start.problems], files.problems);
  if (all.length > 0) throw new InvalidRequestError(all);
  try {
    await refuseTakenIds(client.temporal, store, [files.options], (error) =>
      log(`could not check an id in the store: ${findErrorName(error)}`),
    );
    if (inputs.counts.files > 0) await inputs.keepUsed(store.inputs);
    return await withDeadline(tools, () => client.startResolved(files.options));
  } catch (error) {
    throw explainReuse(start, error);
  }
}

interface ResolvedFiles {
  readonly options: ItemOptions;
  readonly problems: readonly FieldProblem[];
}

/** The options with a request that names the content of its files, and every problem of the files. */
async function resolveFiles(inputs: PictureInputs, given: unknown, parts: FileParts): Promise<ResolvedFiles> {
  const body: Readonly<Record<string, unknown>> = isObject(given) ? given : {};
  const options = withoutMissing({
    ...body,
    operation: body['operation'] ?? DEFAULT_OPERATION,
  }) as unknown as ItemOptions;
  // Without an operation and its request it is not known what the files are for.
  if (!isOperationName(options.operation) || !isObject(options.request)) return { options, problems: [] };
  const { options: resolved, problems } = await resolveOptions(inputs, options);
  return { options: resolved, problems: [...problems, ...findUnused(options, parts)] };
}

function findUnused({ operation, request }: ItemOptions, parts: FileParts): readonly FieldProblem[] {
  const named = new Set(listInputs(operation, request).map(({ value }) => partOf(value)));
  return [...parts.keys()]
    .filter((name) => !named.has(name))
    .map((name) => ({
      field: name,
      problem: `is a file that no field names; must be named as ${visibleText(`part:${name}`)}`,
    }));
}

function partOf(value: string): string | null {
  const reference = parseInputReference(value);
  return reference?.kind === 'part' ? reference.name : null;
}
