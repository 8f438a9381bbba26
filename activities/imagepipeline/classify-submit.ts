/** Classifies what the answer to a paid POST proves: accepted, not accepted, or unknown. Pure, driven by a table. */
import { isObject } from '../../workflows/domain/base/is-object';
import type { FailureCode } from '../../workflows/domain/failures/failures';
import { readCode, toSentence } from './error-body';
import { type ErrorBody, errorBodySchema, type JobQueued, jobQueuedSchema } from './wire';

/** What was observed of one POST. */
export type SubmitExchange =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** Parsed JSON; `undefined` if the body was unreadable or broke off. */
      readonly body: unknown;
      readonly retryAfterMs: number | undefined;
    }
  | {
      readonly kind: 'nothing-sent';
      readonly problem: string;
      /** Whether the server's certificate is invalid. Default false. */
      readonly isCertificate?: true;
    }
  /** At least part of the request was sent, and no answer arrived. */
  | { readonly kind: 'lost'; readonly problem: string };

/** The API, or something before it, refused the request: nothing was accepted. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: FailureCode;
  readonly message: string;
  readonly retryAfterMs?: number;
  /** Only the status says so: the answer has no code. */
  readonly isUnnamed?: true;
}

export type SubmitVerdict =
  | { readonly kind: 'accepted'; readonly jobId: string; readonly estimatedMs: number | null }
  | Refusal
  | { readonly kind: 'unknown'; readonly message: string };

/**
 * What proves that nothing was accepted. `status`: only a component that checks the request before acceptance uses this
 * status, so it is sufficient. `words`: proxies in front of the provider use it too, even after they have forwarded the
 * request, so the body must be in the provider's own form.
 */
type Proof = 'status' | 'words';

interface RefusalRow {
  /** First and last status of the range, inclusive. */
  readonly from: number;
  readonly to: number;
  readonly proof: Proof;
  /** Code of the refusal, unless the answer names a published one. */
  readonly code: FailureCode;
}

function classifyRefusal(statuses: number | readonly [number, number], proof: Proof, code: FailureCode): RefusalRow {
  const [from, to] = typeof statuses === 'number' ? [statuses, statuses] : statuses;
  return { from, to, proof, code };
}

/**
 * The first row that contains the status applies; docs/money.md has the same table. A status without a row proves
 * nothing, whatever the body says: 504 means that the request was forwarded and no answer came in time, and statuses
 * from 512 on belong to content delivery networks.
 */
const REFUSALS: readonly RefusalRow[] = [
  classifyRefusal(401, 'status', 'UNAUTHENTICATED'),
  classifyRefusal(402, 'status', 'INSUFFICIENT_CREDITS'),
  classifyRefusal(403, 'status', 'FORBIDDEN'),
  classifyRefusal(404, 'status', 'RESPONSE_INVALID'),
  classifyRefusal(405, 'status', 'RESPONSE_INVALID'),
  classifyRefusal(413, 'status', 'INPUT_INVALID'),
  classifyRefusal(415, 'status', 'RESPONSE_INVALID'),
  classifyRefusal(422, 'status', 'INPUT_INVALID'),
  classifyRefusal(429, 'status', 'RATE_LIMIT_EXCEEDED'),
  classifyRefusal(400, 'words', 'INPUT_INVALID'),
  classifyRefusal(408, 'words', 'PROVIDER_UNREACHABLE'),
  classifyRefusal([300, 499], 'words', 'RESPONSE_INVALID'),
  classifyRefusal([500, 501], 'words', 'INTERNAL_ERROR'),
  classifyRefusal([502, 503], 'words', 'PROVIDER_UNREACHABLE'),
  classifyRefusal([505, 511], 'words', 'PROVIDER_UNREACHABLE'),
];

const FIRST_SERVER_ERROR = 500;

/** Codes that prove on their own that nothing was accepted, even in an answer that looks like an acceptance. */
const CREDIT_CODES: readonly FailureCode[] = ['INSUFFICIENT_CREDITS', 'CREDIT_CHARGE_FAILED'];

export function classifySubmit(exchange: SubmitExchange): SubmitVerdict {
  if (exchange.kind === 'nothing-sent')
    return { kind: 'refused', code: findUnsentCode(exchange), message: exchange.problem };
  if (exchange.kind === 'lost') return { kind: 'unknown', message: exchange.problem };
  const error = errorBodySchema.safeParse(exchange.body).data;
  const named = readCode(error);
  if (exchange.status >= 200 && exchange.status < 300)
    return classifySuccess(exchange.status, exchange.body, named, error);
  const row = REFUSALS.find(({ from, to }) => exchange.status >= from && exchange.status <= to);
  if (row === undefined || (row.proof === 'words' && !isProvidersOwn(exchange.status, exchange.body, named))) {
    return {
      kind: 'unknown',
      message: `the answer was HTTP ${exchange.status}${readNamedJob(exchange.body)}${toSentence(error)}`,
    };
  }
  return {
    kind: 'refused',
    code: named ?? row.code,
    message: `HTTP ${exchange.status}${toSentence(error)}`,
    ...(named === null ? { isUnnamed: true } : {}),
    ...(exchange.retryAfterMs === undefined ? {} : { retryAfterMs: exchange.retryAfterMs }),
  };
}

/**
 * Whether the body has the form of the provider's own refusals: a JSON object with `error_code` or `detail` that names
 * no job. Proxies answer with HTML, other JSON, or a problem document (RFC 9457), which has `detail` but also `title`.
 * For server errors proxies use codes of their own, so only a known code counts there.
 */
function isProvidersOwn(status: number, body: unknown, named: FailureCode | null): boolean {
  if (!isObject(body) || readNamedJob(body) !== '') return false;
  const { error_code: code, detail, title }: { error_code?: unknown; detail?: unknown; title?: unknown } = body;
  if (typeof code === 'string' && code !== '') return status < FIRST_SERVER_ERROR || named !== null;
  return title === undefined && detail !== undefined && detail !== null && detail !== '';
}

/** Keeps the job id for the person who investigates. */
function readNamedJob(body: unknown): string {
  const jobId = jobQueuedSchema.safeParse(body).data?.job_id;
  return jobId ? ` and names the job ${jobId}` : '';
}

/** The code of a request that was not sent. */
export function findUnsentCode({ isCertificate }: Extract<SubmitExchange, { kind: 'nothing-sent' }>): FailureCode {
  return isCertificate === true ? 'CERTIFICATE_INVALID' : 'PROVIDER_UNREACHABLE';
}

function classifySuccess(
  status: number,
  body: unknown,
  named: FailureCode | null,
  error: ErrorBody | undefined,
): SubmitVerdict {
  const queued: JobQueued | undefined = jobQueuedSchema.safeParse(body).data;
  if (queued?.job_id) {
    const seconds = queued.estimated_time_seconds;
    const estimatedMs = typeof seconds === 'number' && seconds >= 0 ? Math.round(seconds * 1_000) : null;
    return { kind: 'accepted', jobId: queued.job_id, estimatedMs };
  }
  if (named !== null && CREDIT_CODES.includes(named)) {
    return { kind: 'refused', code: named, message: `HTTP ${status}${toSentence(error)}` };
  }
  const seen = body === undefined ? 'its body was unreadable' : 'its body names no job';
  return { kind: 'unknown', message: `the answer was HTTP ${status}, but ${seen}` };
}
