/** Uploads of batches: rows are checked while they arrive, and the body is never held as a whole. */
import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { FastifyRequest } from 'fastify';
import { addRows } from '../../client/batches/add-rows';
import type { BatchContext, StartedBatch } from '../../client/batches/batch-context';
import type { BatchHandle } from '../../client/batches/batch-handle';
import type { RowSource } from '../../client/batches/plan-batch';
import { type StartTermsOfBatch, startFromSource } from '../../client/batches/start-from-rows';
import type { EndedTerms } from '../../client/batches/when-ended';
import type { Finding } from '../../input/findings';
import { InputFileError } from '../../input/input-file-error';
import type { InputFormat } from '../../input/open-input';
import type { FileParts } from '../../input/pictures/picture-inputs';
import type { Plan } from '../../input/plan';
import { BODY_WORDS } from '../../input/plan-words';
import { readRows } from '../../input/read-rows';
import { openUploadedItems } from '../../input/recipes/given-rows';
import { decodeRecipe } from '../../input/recipes/read-text';
import { getOwn } from '../../workflows/domain/base/own-value';
import type { BatchLimits } from '../../workflows/domain/batch/batch-options';
import { toMediaType } from './content-type';
import { FORM_TYPE, type FormPart, isForm, withFormOf } from './form';
import { ApiProblem, type ProblemError } from './problem';
import { type BodyBounds, readBody } from './read-body';

/** Input formats by media type. */
const FORMAT_BY_TYPE = {
  'text/csv': 'csv',
  'application/jsonl': 'jsonl',
  'application/x-ndjson': 'jsonl',
} as const satisfies Record<string, InputFormat>;

export const UPLOAD_TYPES = Object.keys(FORMAT_BY_TYPE) as (keyof typeof FORMAT_BY_TYPE)[];

/** Input formats of the rows of a form, by the ending of the file's name: many clients know no type for it. */
const FORMAT_BY_ENDING: Readonly<Record<string, InputFormat>> = {
  '.csv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
};

/** The part of a form that has the rows. */
export const ROWS_PART = 'rows';

/** The part of a form that has a recipe. */
export const RECIPE_PART = 'recipe';

/** The parts in the document. */
export const RECIPE_DOCUMENT = {
  type: 'string',
  description: 'a recipe, YAML or JSON; the rows have its variables',
} as const;
export const ROWS_DOCUMENT = { type: 'string', description: 'the rows; columns as for `imagepipeline plan`' } as const;

/** Rows in a body, a recipe, and the files that they name. */
interface Upload {
  /** `null`: the recipe alone makes the items. */
  readonly rows: { readonly format: InputFormat; readonly bytes: AsyncIterable<Uint8Array> } | null;
  /** YAML or JSON; `null`: there is none. */
  readonly recipe: string | null;
  readonly files: FileParts;
}

/**
 * Opens the body and passes it to `work`: rows alone, or a form with the rows and files.
 *
 * @throws ApiProblem if it cannot be read
 */
export function withUpload<T>(
  request: FastifyRequest,
  bounds: BodyBounds,
  work: (upload: Upload) => Promise<T>,
): Promise<T> {
  if (!isForm(request)) {
    const format = detectFormat(request.headers['content-type']);
    return work({ rows: { format, bytes: readBody(request.raw, bounds) }, recipe: null, files: new Map() });
  }
  return withFormOf(request, { main: ROWS_PART, orElse: RECIPE_PART }, bounds, async ({ main, files: all }) => {
    const recipePart = all.get(RECIPE_PART);
    const files = new Map([...all].filter(([name]) => name !== RECIPE_PART));
    const recipe = recipePart === undefined ? null : await readRecipePart(recipePart);
    const rows = main === null ? null : { format: detectPartFormat(main), bytes: createReadStream(main.path) };
    return work({ rows, recipe, files });
  });
}

type FilePart = FileParts extends ReadonlyMap<string, infer Part> ? Part : never;

/** @throws InputFileError if it is no text, or too large */
async function readRecipePart(read: FilePart): Promise<string> {
  const part = await read();
  if ('problem' in part) throw new InputFileError([{ field: RECIPE_PART, problem: part.problem }]);
  return decodeRecipe(part.bytes, RECIPE_PART);
}

interface UploadOptions {
  readonly skipInvalid: boolean;
  readonly dropDuplicates: boolean;
  /** Values of variables of the recipe. Default: none. */
  readonly values?: Readonly<Record<string, string>>;
}

/**
 * Starts a batch from a body, whose rows are read as they arrive.
 *
 * @throws ApiProblem if the rows cannot be started
 * @throws InvalidRequestError with every problem of the terms, by the names of the library
 */
export function startUpload(
  context: BatchContext,
  upload: Upload,
  terms: StartTermsOfBatch,
  options: UploadOptions,
): Promise<Planned<StartedBatch>> {
  return withRows(context, upload, options, async (source, onPlan) => {
    return (await startFromSource(context, source, terms, { onPlan })).batch;
  });
}

/**
 * Adds the rows of a body to a batch that has ended.
 *
 * @throws ApiProblem if the rows cannot be added
 * @throws InvalidRequestError with every problem of the terms, by the names of the library
 */
export function addUpload(
  context: BatchContext,
  upload: Upload,
  batch: BatchHandle,
  terms: EndedTerms & BatchLimits,
  options: UploadOptions,
): Promise<Planned<number>> {
  return withRows(context, upload, options, (source, onPlan) => addRows(context, batch, source, terms, onPlan));
}

/** What was made of rows, and their plan. */
interface Planned<T> {
  readonly plan: Plan;
  readonly made: T;
}

async function withRows<T>(
  context: BatchContext,
  upload: Upload,
  options: UploadOptions,
  work: (source: RowSource, onPlan: (plan: Plan) => Promise<void>) => Promise<T | null>,
): Promise<Planned<T>> {
  let last: Finding | null = null;
  let plan: Plan | null = null;
  const report = async (finding: Finding) => {
    if (finding.severity === 'problem') last = finding;
  };
  const onPlan = async (planned: Plan) => {
    if (!planned.mayStart) throw refusal(planned, last);
    plan = planned;
  };
  try {
    const source = await openSource(upload, options);
    const made = await work({ ...source, plan: { ...source.plan, inputs: context.newInputs(), report } }, onPlan);
    if (made === null || plan === null) throw new Error('rows without an abort signal were aborted');
    return { plan, made };
  } catch (error) {
    throw explainFile(error);
  }
}

/**
 * Opens the rows of a body, and passes them to `work`.
 *
 * @param work gets the rows, and the files that they name
 * @throws ApiProblem if they cannot be read at all
 */
export function withSource<T>(
  request: FastifyRequest,
  bounds: BodyBounds,
  options: UploadOptions,
  work: (source: RowSource, files: FileParts) => Promise<T>,
): Promise<T> {
  return withUpload(request, bounds, async (upload) => work(await openSource(upload, options), upload.files)).catch(
    (error: unknown) => {
      throw explainFile(error);
    },
  );
}

function explainFile(error: unknown): unknown {
  if (!(error instanceof InputFileError)) return error;
  return new ApiProblem('INVALID_ROWS', error.message.replaceAll('\n', '; '), { errors: error.problems, remedy: FIX });
}

const NAME = 'the body';

async function openSource({ rows, recipe }: Upload, options: UploadOptions): Promise<RowSource> {
  const { dropDuplicates, skipInvalid, values } = options;
  const checks = { dropDuplicates, skipInvalid };
  if (recipe !== null) {
    const source = rows && { ...rows, name: NAME, words: BODY_WORDS, columns: { areVariables: true } };
    const items = await openUploadedItems(recipe, source && readRows(source), values);
    return { name: NAME, rows: items.rows, plan: { ...checks, words: items.words } };
  }
  if (values !== undefined)
    throw new InputFileError([
      { field: 'values', problem: `is for variables of a recipe; add the part ${RECIPE_PART}` },
    ]);
  if (rows === null) throw new InputFileError([{ field: ROWS_PART, problem: 'is missing' }]);
  const source = { ...rows, name: NAME, words: BODY_WORDS };
  return { name: NAME, rows: readRows(source), plan: { ...checks, words: BODY_WORDS } };
}

function detectFormat(contentType: string | undefined): InputFormat {
  const format = findFormat(contentType);
  if (format !== undefined) return format;
  const types = [...UPLOAD_TYPES, FORM_TYPE].join(', ');
  throw new ApiProblem('UNSUPPORTED_CONTENT_TYPE', `the Content-Type must be one of ${types}`);
}

function detectPartFormat({ contentType, fileName }: FormPart): InputFormat {
  const format = findFormat(contentType) ?? getOwn(FORMAT_BY_ENDING, path.extname(fileName ?? '').toLowerCase());
  if (format !== undefined) return format;
  const endings = Object.keys(FORMAT_BY_ENDING).join(', ');
  const detail = `the part ${ROWS_PART} must have a Content-Type of ${UPLOAD_TYPES.join(', ')}, or a file name with ${endings}`;
  throw new ApiProblem('UNSUPPORTED_CONTENT_TYPE', detail);
}

function findFormat(contentType: string | undefined): InputFormat | undefined {
  const type = toMediaType(contentType);
  const known = UPLOAD_TYPES.find((one) => one === type);
  return known === undefined ? undefined : FORMAT_BY_TYPE[known];
}

/** Does not suggest `skipInvalid`: no row would remain, or the start of the next row cannot be found. */
const FIX = 'Fix the problems in "errors", and send the whole body again; nothing was started.';

/** @param last the last problem: if the body could not be read to its end, it has the place */
function refusal({ problems, complete, invalid, rows, valid }: Plan, last: Finding | null): ApiProblem {
  const errors = problems.first.map(problemError);
  const shown =
    errors.length < problems.total ? `; the first ${errors.length} of ${problems.total} problems are listed` : '';
  if (!complete && last !== null) {
    const place = problems.first.includes(last) ? [] : [problemError(last)];
    const detail = `the body cannot be read from line ${last.line} on, after ${rows} rows: ${last.field} ${last.problem}`;
    return new ApiProblem('INVALID_ROWS', detail, { errors: [...errors, ...place], remedy: FIX });
  }
  const remedy = valid === 0 ? { remedy: FIX } : {};
  return new ApiProblem('INVALID_ROWS', `${invalid} of ${rows} rows are invalid${shown}`, { errors, ...remedy });
}

function problemError({ line, field, problem }: Finding): ProblemError {
  return { ...(line === null ? {} : { line }), field, problem };
}
