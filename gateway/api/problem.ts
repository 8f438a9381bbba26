/** Problem details (RFC 9457) of the API, from one table. */
import { z } from 'zod';

export const PROBLEM_TYPE = 'application/problem+json';

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** The remedy. */
  readonly remedy: string;
}

/** Problems by code, on which callers branch. */
const PROBLEM_KINDS = {
  MALFORMED_REQUEST: {
    status: 400,
    title: 'Malformed HTTP request.',
    remedy: 'Send an HTTP/1.1 request without TLS; nothing was started.',
  },
  HEADERS_TOO_SLOW: {
    status: 408,
    title: 'Headers too slow.',
    remedy: 'Send it again over a better connection; nothing was started.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'Headers too large.',
    remedy: 'Send fewer or shorter headers, and a shorter URL; nothing was started.',
  },
  MALFORMED_BODY: {
    status: 400,
    title: 'Malformed body.',
    remedy: 'Send the whole body, in the format that its Content-Type names.',
  },
  BODY_TOO_SLOW: {
    status: 408,
    title: 'Body too slow.',
    remedy: 'Send it again over a better connection, or in smaller parts; nothing was started.',
  },
  UNAUTHORIZED: {
    status: 401,
    title: 'Missing or invalid bearer token.',
    remedy: 'Send "Authorization: Bearer" with one of the tokens of the gateway.',
  },
  FORBIDDEN: {
    status: 403,
    title: 'The token does not allow this.',
    remedy: 'Use a token with the role and the ids that this needs.',
  },
  NOT_FOUND: { status: 404, title: 'Not found.', remedy: 'Check the path and the id.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed.',
    remedy: 'Use a method in the Allow header.',
  },
  ID_TAKEN: {
    status: 409,
    title: 'The id is already used for something else.',
    remedy: 'Use another id, or repeat the original request with this one.',
  },
  BATCH_REFUSED: {
    status: 409,
    title: 'The batch cannot do this now.',
    remedy: 'Get its state, and send a request that the state allows; nothing was changed.',
  },
  ITEM_REFUSED: {
    status: 409,
    title: 'The item cannot be deleted now.',
    remedy: 'Get its state, and delete it when it has ended; nothing was changed.',
  },
  DELETED: {
    status: 410,
    title: 'The batch or item was deleted.',
    remedy: 'To run it again, and pay for it again, use another id.',
  },
  STORE_MISMATCH: {
    status: 409,
    title: 'The gateway has another store.',
    remedy:
      'Set the same IMAGEPIPELINE_STORE for the gateway and the workers; skipStoreCheck=true starts a batch all the same.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'The body is too large.',
    remedy: 'Send less at once, or raise IMAGEPIPELINE_API_MAX_BODY_MB of the gateway; nothing was started.',
  },
  RANGE_NOT_SATISFIABLE: {
    status: 416,
    title: 'No byte of the file is in the range.',
    remedy: 'Send a Range within the size in Content-Range, or none.',
  },
  UNSUPPORTED_CONTENT_TYPE: {
    status: 415,
    title: 'Unsupported content type.',
    remedy: 'Set Content-Type to a format that the OpenAPI document lists for this path.',
  },
  INVALID_REQUEST: {
    status: 422,
    title: 'Invalid request.',
    remedy: 'Fix the fields in "errors"; nothing was started.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'The Idempotency-Key belongs to another request.',
    remedy: 'Send each request with a key of its own; nothing was started.',
  },
  INVALID_ROWS: {
    status: 422,
    title: 'Invalid rows.',
    remedy: 'Fix the rows in "errors", or leave them out with skipInvalid=true; nothing was started.',
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    title: 'Too many requests with this token.',
    remedy: 'Wait for the seconds in Retry-After, or raise IMAGEPIPELINE_API_MAX_RATE of the gateway.',
  },
  TOO_MANY_WRONG_TOKENS: {
    status: 429,
    title: 'Too many requests from this address without a valid token.',
    remedy: 'Send one of the tokens of IMAGEPIPELINE_API_TOKENS: requests with a valid token are still accepted.',
  },
  FAULT: {
    status: 500,
    title: 'The gateway failed.',
    remedy: "Check the gateway's log, and get the state before you retry.",
  },
  BUSY: {
    status: 503,
    title: 'The gateway is busy.',
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
    title: 'Temporal is unreachable.',
    remedy: 'Retry later with the same id; started work continues.',
  },
  STORE_UNAVAILABLE: {
    status: 503,
    title: 'The store is unavailable.',
    remedy:
      'Check the store that IMAGEPIPELINE_STORE of the gateway names: it must be there, readable and writable, and have space. Then send it again.',
  },
  PROVIDER_REFUSED: {
    status: 502,
    title: 'The provider did not carry out the call.',
    remedy: 'Read the code in "detail": the failure table says what to do.',
  },
  NO_ANSWER: {
    status: 504,
    title: 'Temporal or the worker did not answer in time.',
    remedy: 'Get the state: the request may have taken effect. A request with an id can be retried with the same id.',
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEM_KINDS;

const wholeNumber = z.number().meta({ type: 'integer' });

const problemErrorSchema = z.object({
  line: wholeNumber.optional().describe('line of the body where the row begins, from 1'),
  field: z.string().optional(),
  problem: z.string().describe('what was found, and what is allowed'),
});

export type ProblemError = z.output<typeof problemErrorSchema>;

export const problemSchema = z
  .object({
    type: z.string().describe('the code as a URI'),
    title: z.string(),
    status: wholeNumber,
    detail: z.string(),
    code: z.enum(Object.keys(PROBLEM_KINDS) as [ProblemCode, ...ProblemCode[]]),
    remedy: z.string().describe('what to do next'),
    errors: z.array(problemErrorSchema).readonly().optional().describe('every problem; for rows the first 50'),
  })
  .meta({ id: 'Problem', description: 'Problem details as in RFC 9457.' });

export type Problem = z.output<typeof problemSchema>;

interface ProblemDetails {
  readonly errors?: readonly ProblemError[];
  /** Seconds after which the request may be retried. */
  readonly retryAfterS?: number;
  /** Methods of the path, for the header `Allow`. */
  readonly allow?: readonly string[];
  /** Default: the remedy of the code. */
  readonly remedy?: string;
}

/** The codes of a status, for the document. */
export function describeStatus(status: number): string {
  const codes = Object.entries(PROBLEM_KINDS).filter(([, kind]) => kind.status === status);
  return codes.map(([code, { title }]) => `${code}: ${title}`).join(' ');
}

/** A refusal of a route. */
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

const REASSURANCE = /; nothing was (?:started|changed)\b/g;

/** The problem of a request that reads: it would start and change nothing in any case. */
export function withoutReassurance(problem: Problem): Problem {
  const clean = (text: string) => text.replace(REASSURANCE, '');
  return { ...problem, detail: clean(problem.detail), remedy: clean(problem.remedy) };
}
