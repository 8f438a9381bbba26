/** The body of a batch: checked while it arrives, and never held as a whole. */
import type { FastifyRequest } from 'fastify';
import type { RowSpool } from '../../client/batches/batch-manifest';
import type { Finding } from '../../client/input/findings';
import { InputFileError } from '../../client/input/input-file-error';
import type { InputFormat } from '../../client/input/open-input';
import { mayStart, type Plan, planFile } from '../../client/input/plan';
import { ApiProblem, type ProblemError } from './problem';
import { type BodyBounds, readBody } from './read-body';

/** Formats by the media types that name them. */
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
 * Plans the body, with its right rows in the spool.
 *
 * @throws ApiProblem if it is no batch that may start
 */
export async function planUpload(request: FastifyRequest, spool: RowSpool, options: UploadOptions): Promise<Plan> {
  const { bounds, dropDuplicates, skipInvalid } = options;
  const source = { name: 'the body', format: detectFormat(request), bytes: readBody(request.raw, bounds) };
  let last: Finding | null = null;
  const report = async (finding: Finding) => {
    if (finding.severity === 'problem') last = finding;
  };
  try {
    const plan = await planFile(source, { dropDuplicates, report, onRow: (row) => spool.add(row) });
    if (!mayStart(plan, skipInvalid)) throw refusal(plan, last);
    return plan;
  } catch (error) {
    if (!(error instanceof InputFileError)) throw error;
    throw new ApiProblem('INVALID_ROWS', error.message.replaceAll('\n', '; '), { errors: error.problems, remedy: FIX });
  }
}

function detectFormat({ headers }: FastifyRequest): InputFormat {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  const known = UPLOAD_TYPES.find((one) => one === type);
  if (known !== undefined) return FORMAT_BY_TYPE[known];
  throw new ApiProblem('UNSUPPORTED_CONTENT_TYPE', `rows are sent as ${UPLOAD_TYPES.join(', ')}`);
}

/** Without `skipInvalid`, which would leave nothing, or cannot tell where the next row begins. */
const FIX = 'Fix what "errors" names, and send the whole body again; nothing was started.';

/** @param last of the problems: where a body could not be read to its end, the place */
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
  return new ApiProblem('INVALID_ROWS', `${invalid} of ${rows} rows are not right${shown}`, { errors, ...remedy });
}

function problemError({ line, field, problem }: Finding): ProblemError {
  return { ...(line === null ? {} : { line }), field, problem };
}
