/** What an answer to a paid POST proves: accepted, not accepted, or unknown. A pure function over a table. */
import { type FailureCode, isProviderFailureCode } from '../../workflows/domain/failures';
import { getOwn } from '../../workflows/domain/own-value';
import { type ErrorBody, errorBodySchema, type JobQueued, jobQueuedSchema } from './wire';

/** What was seen of one POST. */
export type SubmitSight =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** Parsed JSON; `undefined` where the body was unreadable or broke off. */
      readonly body: unknown;
      readonly retryAfterMs: number | undefined;
    }
  | { readonly kind: 'nothing-sent'; readonly problem: string }
  /** Sent, at least in part, and no answer came. */
  | { readonly kind: 'lost'; readonly problem: string };

export type SubmitVerdict =
  | { readonly kind: 'accepted'; readonly jobId: string; readonly estimatedMs: number | null }
  | {
      readonly kind: 'refused';
      readonly code: FailureCode;
      readonly message: string;
      readonly retryAfterMs?: number;
      /** The status alone said so: the answer brought no code. */
      readonly isUnnamed?: true;
    }
  | { readonly kind: 'unknown'; readonly message: string };

/** Not accepted, by status. A status that is absent here is judged by its hundred. */
const REFUSALS: Readonly<Record<number, FailureCode>> = {
  400: 'INPUT_INVALID',
  401: 'UNAUTHENTICATED',
  402: 'INSUFFICIENT_CREDITS',
  403: 'UNAUTHENTICATED',
  404: 'RESPONSE_INVALID',
  405: 'RESPONSE_INVALID',
  413: 'INPUT_INVALID',
  415: 'RESPONSE_INVALID',
  422: 'INPUT_INVALID',
  429: 'RATE_LIMIT_EXCEEDED',
  503: 'PROVIDER_UNREACHABLE',
};

/** 408: the server tired of waiting, which does not say what it had read before. */
const UNKNOWN_STATUSES: readonly number[] = [408];

/** Codes of HTTP errors that are spelled otherwise than in the published list of job failures. */
const ERROR_CODE_NAMES: Readonly<Record<string, FailureCode>> = {
  INSUFFICIENT_BALANCE: 'INSUFFICIENT_CREDITS',
  INVALID_PARAMETERS: 'INPUT_INVALID',
};

/** These say by themselves that nothing was accepted, whatever the status. */
const CREDIT_CODES: readonly FailureCode[] = ['INSUFFICIENT_CREDITS', 'CREDIT_CHARGE_FAILED'];

export function classifySubmit(sight: SubmitSight): SubmitVerdict {
  if (sight.kind === 'nothing-sent') return { kind: 'refused', code: 'PROVIDER_UNREACHABLE', message: sight.problem };
  if (sight.kind === 'lost') return { kind: 'unknown', message: sight.problem };
  const error = errorBodySchema.safeParse(sight.body).data;
  const named = namedCode(error);
  if (sight.status >= 200 && sight.status < 300) return classifySuccess(sight.status, sight.body, named, error);
  const code = refusalCode(sight.status, named);
  if (code === null) return { kind: 'unknown', message: `the answer was HTTP ${sight.status}${sentenceOf(error)}` };
  const message = `HTTP ${sight.status}${sentenceOf(error)}`;
  return {
    kind: 'refused',
    code,
    message,
    ...(named === null ? { isUnnamed: true } : {}),
    ...(sight.retryAfterMs === undefined ? {} : { retryAfterMs: sight.retryAfterMs }),
  };
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
    return { kind: 'refused', code: named, message: `HTTP ${status}${sentenceOf(error)}` };
  }
  const seen = body === undefined ? 'its body was unreadable' : 'its body names no job';
  return { kind: 'unknown', message: `the answer was HTTP ${status}, but ${seen}` };
}

/** `null`: the status does not prove that nothing was accepted. */
function refusalCode(status: number, named: FailureCode | null): FailureCode | null {
  if (named !== null && CREDIT_CODES.includes(named)) return named;
  if (UNKNOWN_STATUSES.includes(status)) return null;
  const byStatus = REFUSALS[status] ?? (status >= 300 && status < 500 ? 'RESPONSE_INVALID' : null);
  return byStatus === null ? null : (named ?? byStatus);
}

function namedCode(error: ErrorBody | undefined): FailureCode | null {
  const name = error?.error_code;
  if (!name) return null;
  return isProviderFailureCode(name) ? name : (getOwn(ERROR_CODE_NAMES, name) ?? null);
}

/** The provider's own words: the fields of a 422 with their paths, or the message. */
function sentenceOf(error: ErrorBody | undefined): string {
  const sentence = problemsOf(error) ?? error?.message ?? (typeof error?.error === 'string' ? error.error : null);
  return sentence ? `: ${sentence}` : '';
}

function problemsOf(error: ErrorBody | undefined): string | null {
  const detail = error?.detail;
  if (typeof detail === 'string') return detail;
  if (!detail || detail.length === 0) return null;
  return detail.map(({ loc, msg }) => `${(loc ?? []).join('.') || 'body'}: ${msg ?? 'invalid'}`).join('; ');
}
