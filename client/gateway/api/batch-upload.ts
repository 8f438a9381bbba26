/** The body of a batch: checked while it arrives, and never held as a whole. */
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { RowSpool } from '../../batch-manifest';
import type { InputFormat } from '../../input/open-input';
import { mayStart, type Plan, planFile } from '../../input/plan';
import { ApiProblem } from './problem';

/** Formats by the media types that name them. */
export const FORMAT_BY_TYPE = {
  'text/csv': 'csv',
  'application/jsonl': 'jsonl',
  'application/x-ndjson': 'jsonl',
} as const satisfies Record<string, InputFormat>;

export const UPLOAD_TYPES = Object.keys(FORMAT_BY_TYPE) as (keyof typeof FORMAT_BY_TYPE)[];

/** Without a byte of the body for so long, the caller is gone. */
const STALLED_MS = 60_000;

export interface UploadOptions {
  readonly mostBytes: number;
  readonly skipInvalid: boolean;
  readonly dropDuplicates: boolean;
}

/**
 * Plans the body, with its right rows in the spool.
 *
 * @throws ApiProblem if it is no batch that may start
 */
export async function planUpload(request: FastifyRequest, spool: RowSpool, options: UploadOptions): Promise<Plan> {
  const { raw } = request;
  const source = { name: 'the body', format: formatOf(request), bytes: bounded(unbroken(raw), options.mostBytes) };
  raw.setTimeout(STALLED_MS, () => raw.destroy());
  try {
    const plan = await planFile(source, {
      dropDuplicates: options.dropDuplicates,
      onRow: (row) => spool.add(row),
    });
    if (!mayStart(plan, options.skipInvalid)) throw refusal(plan);
    return plan;
  } catch (error) {
    throw raw.readableAborted ? new ApiProblem('MALFORMED_BODY', 'the body broke off') : error;
  } finally {
    raw.setTimeout(0);
  }
}

function formatOf({ headers }: FastifyRequest): InputFormat {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  const known = UPLOAD_TYPES.find((one) => one === type);
  if (known !== undefined) return FORMAT_BY_TYPE[known];
  throw new ApiProblem('UNSUPPORTED_CONTENT_TYPE', `rows are sent as ${UPLOAD_TYPES.join(', ')}`);
}

/** Whoever stops reading still has the connection to answer on. */
function unbroken(raw: IncomingMessage): AsyncIterable<Buffer> {
  return raw.iterator({ destroyOnReturn: false });
}

async function* bounded(chunks: AsyncIterable<Buffer>, most: number): AsyncIterable<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > most) throw new ApiProblem('BODY_TOO_LARGE', `the body is larger than ${most} bytes`);
    yield chunk;
  }
}

function refusal({ problems, invalid, rows }: Plan): ApiProblem {
  const errors = problems.first.map(({ line, field, problem }) => ({
    ...(line === null ? {} : { line }),
    field,
    problem,
  }));
  const shown =
    errors.length < problems.total ? `; the first ${errors.length} of ${problems.total} problems are listed` : '';
  return new ApiProblem('INVALID_ROWS', `${invalid} of ${rows} rows are not right${shown}`, errors);
}
