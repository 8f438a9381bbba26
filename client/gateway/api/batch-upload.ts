/** The body of a batch: checked while it arrives, and never held as a whole. */
import type { FastifyRequest } from 'fastify';
import type { RowSpool } from '../../batch-manifest';
import type { InputFormat } from '../../input/open-input';
import { mayStart, type Plan, planFile } from '../../input/plan';
import { ApiProblem } from './problem';
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
  const source = { name: 'the body', format: formatOf(request), bytes: readBody(request.raw, bounds) };
  const plan = await planFile(source, { dropDuplicates, onRow: (row) => spool.add(row) });
  if (!mayStart(plan, skipInvalid)) throw refusal(plan);
  return plan;
}

function formatOf({ headers }: FastifyRequest): InputFormat {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  const known = UPLOAD_TYPES.find((one) => one === type);
  if (known !== undefined) return FORMAT_BY_TYPE[known];
  throw new ApiProblem('UNSUPPORTED_CONTENT_TYPE', `rows are sent as ${UPLOAD_TYPES.join(', ')}`);
}

function refusal({ problems, invalid, rows }: Plan): ApiProblem {
  const errors = problems.first.map(({ line, field, problem }) => ({
    ...(line === null ? {} : { line }),
    field,
    problem,
  }));
  const shown =
    errors.length < problems.total ? `; the first ${errors.length} of ${problems.total} problems are listed` : '';
  return new ApiProblem('INVALID_ROWS', `${invalid} of ${rows} rows are not right${shown}`, { errors });
}
