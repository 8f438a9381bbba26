/** What a caller of the API is told when something is wrong: problem details as in RFC 9457, from one table. */
import { z } from 'zod';
import { getFailureRow } from '../../workflows/domain/failures/failures';

export const PROBLEM_TYPE = 'application/problem+json';

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** What to do. */
  readonly remedy: string;
}

/** By code, which callers branch by. */
export const PROBLEM_KINDS = {
  MALFORMED_REQUEST: {
    status: 400,
    title: 'This is not an HTTP request.',
    remedy: 'Send a request of HTTP/1.1, without TLS; nothing was started.',
  },
  HEADERS_TOO_SLOW: {
    status: 408,
    title: 'The headers come too slowly.',
    remedy: 'Send it again over a better connection; nothing was started.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The headers are too large.',
    remedy: 'Send fewer or shorter headers, and a shorter address; nothing was started.',
  },
  MALFORMED_BODY: {
    status: 400,
    title: 'The body cannot be read.',
    remedy: 'Send the whole body, in the format that its Content-Type names.',
  },
  BODY_TOO_SLOW: {
    status: 408,
    title: 'The body comes too slowly.',
    remedy: 'Send it again over a better connection, or in smaller parts; nothing was started.',
  },
  UNAUTHORIZED: {
    status: 401,
    title: 'There is no valid bearer token.',
    remedy: 'Send "Authorization: Bearer" with one of the tokens of IMAGEPIPELINE_API_TOKENS.',
  },
  NOT_FOUND: { status: 404, title: 'There is nothing with this address.', remedy: 'Check the path and the id.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'This path has no such method.',
    remedy: 'Use a method that the header Allow names.',
  },
  ID_TAKEN: {
    status: 409,
    title: 'The id was used for something else.',
    remedy: 'Give another id, or send what was sent under this one.',
  },
  BATCH_REFUSED: {
    status: 409,
    title: 'The batch cannot do this now.',
    remedy: 'Ask for its state, and send what fits it; nothing was changed.',
  },
  IMAGE_REFUSED: {
    status: 409,
    title: 'The image cannot do this now.',
    remedy: 'Ask for its state; nothing was changed.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'The body is too large.',
    remedy: 'Send less at once, or raise IMAGEPIPELINE_API_MAX_BODY_MB of the gateway; nothing was started.',
  },
  UNSUPPORTED_CONTENT_TYPE: {
    status: 415,
    title: 'The body has a format that is not read here.',
    remedy: 'Name a format by Content-Type that the OpenAPI document has for this path.',
  },
  INVALID_REQUEST: {
    status: 422,
    title: 'The request is not right.',
    remedy: 'Change what "errors" names; nothing was started.',
  },
  INVALID_ROWS: {
    status: 422,
    title: 'Rows of the batch are not right.',
    remedy: 'Change the rows that "errors" names, or leave them out with skipInvalid=true; nothing was started.',
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    title: 'Too many requests with this token.',
    remedy: 'Wait as long as Retry-After says; IMAGEPIPELINE_API_MAX_RATE of the gateway allows more.',
  },
  TOO_MANY_WRONG_TOKENS: {
    status: 429,
    title: 'Too many requests from this address without a valid token.',
    remedy: 'Send one of the tokens of IMAGEPIPELINE_API_TOKENS: requests with one are let in all the same.',
  },
  FAULT: {
    status: 500,
    title: 'The gateway failed.',
    remedy: "Look into the gateway's log; ask for the state before you send it again.",
  },
  BUSY: {
    status: 503,
    title: 'The gateway has as much under way as it can hold.',
    remedy: 'Send it again after Retry-After; nothing was started.',
  },
  STOPPING: {
    status: 503,
    title: 'The gateway is stopping.',
    remedy: 'Send it again after Retry-After, over a new connection; nothing was started.',
  },
  WORKER_MISSING: {
    status: 503,
    title: 'No worker answers.',
    remedy: 'Start a worker; nothing is lost.',
  },
  TEMPORAL_UNREACHABLE: {
    status: 503,
    title: 'Temporal cannot be reached.',
    remedy: 'Send it again later, with the same id; what was started goes on.',
  },
  STORE_UNAVAILABLE: {
    status: 503,
    title: 'The store cannot be used.',
    remedy: getFailureRow('STORE_UNAVAILABLE').remedy,
  },
  NO_ANSWER: {
    status: 504,
    title: 'Temporal or the worker did not answer in time.',
    remedy: 'Ask for the state: it may have been done. What has an id can be sent again with it.',
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEM_KINDS;

const wholeNumber = z.number().meta({ type: 'integer' });

const problemErrorSchema = z.object({
  line: wholeNumber.optional().describe('where the row begins in the body, counted from 1'),
  field: z.string().optional(),
  problem: z.string().describe('what was found, and what would be right'),
});

export type ProblemError = z.output<typeof problemErrorSchema>;

export const problemSchema = z
  .object({
    type: z.string().describe('names the code as a URI'),
    title: z.string(),
    status: wholeNumber,
    detail: z.string(),
    code: z.enum(Object.keys(PROBLEM_KINDS) as [ProblemCode, ...ProblemCode[]]),
    remedy: z.string().describe('what to do'),
    errors: z
      .array(problemErrorSchema)
      .readonly()
      .optional()
      .describe('each thing that is wrong; of rows the first 50'),
  })
  .meta({ id: 'Problem', description: 'Problem details as in RFC 9457.' });

export type Problem = z.output<typeof problemSchema>;

interface ProblemDetails {
  readonly errors?: readonly ProblemError[];
  /** Seconds after which it may be sent again. */
  readonly retryAfterS?: number;
  /** Methods that the path has, for the header `Allow`. */
  readonly allow?: readonly string[];
  /** Default: that of the code. */
  readonly remedy?: string;
}

/** Something that a route refuses by itself. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    readonly code: ProblemCode,
    detail: string,
    readonly details: ProblemDetails = {},
  ) {
    super(detail);
  }
}

export function toProblemReply(code: ProblemCode, detail: string, details: ProblemDetails = {}): Problem {
  const { status, title, remedy: remedyOfCode } = PROBLEM_KINDS[code];
  const { errors = [], remedy = remedyOfCode } = details;
  const type = `urn:imagepipeline:problem:${code.toLowerCase().replaceAll('_', '-')}`;
  return { type, title, status, detail, code, remedy, ...(errors.length === 0 ? {} : { errors }) };
}
