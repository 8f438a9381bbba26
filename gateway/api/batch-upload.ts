/** Uploads of batches: rows are checked while they arrive, and the body is never held as a whole. */
import type { FastifyRequest } from 'fastify';
import type { BatchContext, StartedBatch } from '../../client/batches/batch-context';
import { type RowSource, type StartTermsOfBatch, startFromSource } from '../../client/batches/start-from-rows';
import type { Finding } from '../../input/findings';
import { InputFileError } from '../../input/input-file-error';
import type { InputFormat } from '../../input/open-input';
import type { Plan } from '../../input/plan';
import { BODY_WORDS } from '../../input/plan-words';
import { readRows } from '../../input/read-rows';
import { ApiProblem, type ProblemError } from './problem';
import { type BodyBounds, readBody } from './read-body';

/** Input formats by media type. */
export const FORMAT_BY_TYPE = {
  'text/csv': 'csv',
  'application/jsonl': 'jsonl',
  'application/x-ndjson': 'jsonl',
} as const satisfies Record<string, InputFormat>;

export const UPLOAD_TYPES = Object.keys(FORMAT_BY_TYPE) as (keyof typeof FORMAT_BY_TYPE)[];

export interface UploadOptions {
  readonly bounds: BodyBounds;
  readonly skipInvalid: boolean;
  readonly dropDuplicates: boolean;
}

/**
 * Starts a batch from a body, whose rows are read as they arrive.
 *
 * @throws ApiProblem if the rows cannot be started
 * @throws InvalidRequestError with every problem of the terms, by the names of the library
 */
export async function startUpload(
  context: BatchContext,
  request: FastifyRequest,
  terms: StartTermsOfBatch,
  options: UploadOptions,
): Promise<{ readonly plan: Plan; readonly batch: StartedBatch }> {
  let last: Finding | null = null;
  const report = async (finding: Finding) => {
    if (finding.severity === 'problem') last = finding;
  };
  try {
    const source = openSource(request, options);
    const planning = { ...source.plan, inputs: context.newInputs(), report };
    const { plan, batch } = await startFromSource(context, { ...source, plan: planning }, terms);
    if (batch === null) throw refusal(plan, last);
    return { plan, batch };
  } catch (error) {
    if (!(error instanceof InputFileError)) throw error;
    throw new ApiProblem('INVALID_ROWS', error.message.replaceAll('\n', '; '), { errors: error.problems, remedy: FIX });
  }
}

function openSource(request: FastifyRequest, { bounds, dropDuplicates, skipInvalid }: UploadOptions): RowSource {
  const bytes = readBody(request.raw, bounds);
  const source = { name: 'the body', format: detectFormat(request), bytes, words: BODY_WORDS };
  return { name: source.name, rows: readRows(source), plan: { dropDuplicates, skipInvalid, words: BODY_WORDS } };
}

function detectFormat({ headers }: FastifyRequest): InputFormat {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  const known = UPLOAD_TYPES.find((one) => one === type);
  if (known !== undefined) return FORMAT_BY_TYPE[known];
  throw new ApiProblem('UNSUPPORTED_CONTENT_TYPE', `the Content-Type must be one of ${UPLOAD_TYPES.join(', ')}`);
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
