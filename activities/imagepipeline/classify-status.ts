/** Classifies what a status read says about an accepted job. Pure. */
import { getOwn } from '../../workflows/domain/base/own-value';
import type { Charge } from '../../workflows/domain/item/item';
import type { Balance } from '../../workflows/domain/money/balance';
import { OPERATIONS, type ResultField } from '../../workflows/domain/operations/operations';
import { type JobStatus, jobStatusSchema } from './wire';

type StatusExchange =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: unknown;
      readonly retryAfterMs: number | undefined;
    }
  | { readonly kind: 'no-answer'; readonly problem: string };

/** A file of a completed job. */
export interface JobFile {
  readonly role: string;
  readonly url: string;
  /** The operation's row does not name its field. Default: the row names it. */
  readonly isUnlisted?: true;
}

/** What a status read says about an accepted job. */
export type StatusVerdict =
  | { readonly kind: 'unfinished'; readonly state: string; readonly progress: number | null }
  | {
      readonly kind: 'completed';
      /** Those that the operation's row names come first, the main one before all; none if the answer names no listed file. */
      readonly files: readonly JobFile[];
      readonly charge: Charge | null;
      /** What the account has left; absent if the answer does not contain it. */
      readonly balance?: Balance;
      /** From queueing to end by the provider's clock, in ms; absent if the answer does not contain it. */
      readonly ranMs?: number;
    }
  | {
      readonly kind: 'failed';
      /** `null` if the failed job has no code. */
      readonly code: string | null;
      readonly message: string;
      readonly saidRetryable: boolean | undefined;
    }
  /** The read says nothing about the job, which is paid, so the read is repeated. */
  | {
      readonly kind: 'trouble';
      /** Code recorded for the item if its job stays unreadable until its deadline. */
      readonly code: TroubleCode;
      readonly problem: string;
      readonly retryAfterMs: number | undefined;
    };

/** FORBIDDEN: the key may be valid but not allowed to read this job. */
export type TroubleCode =
  | 'PROVIDER_UNREACHABLE'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'JOB_NOT_FOUND'
  | 'RESPONSE_INVALID';

/** Codes by HTTP status. Any other 5xx is PROVIDER_UNREACHABLE; anything else is RESPONSE_INVALID. */
const TROUBLES: Readonly<Record<number, TroubleCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'JOB_NOT_FOUND',
  410: 'JOB_NOT_FOUND',
  408: 'PROVIDER_UNREACHABLE',
  425: 'PROVIDER_UNREACHABLE',
  429: 'PROVIDER_UNREACHABLE',
};

/** @param results where the job's operation has its files */
export function classifyStatus(exchange: StatusExchange, results: readonly ResultField[]): StatusVerdict {
  if (exchange.kind === 'no-answer') {
    return { kind: 'trouble', code: 'PROVIDER_UNREACHABLE', problem: exchange.problem, retryAfterMs: undefined };
  }
  const { status, retryAfterMs } = exchange;
  if (status >= 200 && status < 300) return classifyJob(exchange.body, results, retryAfterMs);
  const code = TROUBLES[status] ?? (status >= 500 ? 'PROVIDER_UNREACHABLE' : 'RESPONSE_INVALID');
  return { kind: 'trouble', code, problem: `HTTP ${status}`, retryAfterMs };
}

function classifyJob(body: unknown, results: readonly ResultField[], retryAfterMs: number | undefined): StatusVerdict {
  const job = jobStatusSchema.safeParse(body).data;
  if (!job?.status) {
    return { kind: 'trouble', code: 'RESPONSE_INVALID', problem: 'the status answer was unreadable', retryAfterMs };
  }
  switch (job.status.toLowerCase()) {
    case 'completed':
      return {
        kind: 'completed',
        files: readFiles(job, results),
        charge: readCharge(job),
        ...readBalance(job),
        ...readTime(job),
      };
    case 'failed':
      return classifyFailed(job, job.failure_reason_code ?? null);
    case 'cancelled':
      return classifyCancelled(job);
    default:
      // The published list of states is open; an unknown state is not an end.
      return { kind: 'unfinished', state: job.status, progress: job.progress ?? null };
  }
}

function readFiles(job: JobStatus, results: readonly ResultField[]): readonly JobFile[] {
  const listed = results.flatMap(({ field, role }) => readFile(job, field, role));
  if (listed.length === 0) return [];
  const known = new Set([...results.map(({ field }) => field), ...NOT_RESULTS]);
  const names = Object.keys(job).filter((field) => UNLISTED_FIELD.test(field) && !known.has(field));
  const others = names.flatMap((field) => readFile(job, field, field.replace(/_url$/, '')));
  const urls = new Set(listed.map(({ url }) => url));
  const unlisted = others.filter(({ url }) => !urls.has(url)).slice(0, MAX_UNLISTED);
  return [...listed, ...unlisted.map((file) => ({ ...file, isUnlisted: true as const }))];
}

function readFile(job: JobStatus, field: string, role: string): readonly JobFile[] {
  const url = getOwn(job, field);
  return typeof url === 'string' && url !== '' ? [{ role, url }] : [];
}

/** Fields of unlisted files. What precedes `_url` becomes part of a file name. */
const UNLISTED_FIELD = /^[a-z][a-z0-9_]{0,39}_url$/;
const MAX_UNLISTED = 8;
/** Repetitions of the request, and addresses that lead to no file. */
const NOT_RESULTS: readonly string[] = [
  ...Object.values(OPERATIONS).flatMap(({ fields }) => Object.keys(fields)),
  ...['callback_url', 'webhook_url', 'status_url', 'cancel_url', 'input_url', 'input_image_url'],
];

function classifyFailed(job: JobStatus, code: string | null): StatusVerdict {
  return { kind: 'failed', code, message: readMessage(job.error), saidRetryable: job.retryable ?? undefined };
}

/** Never retryable, whatever the reason: the provider does not say that the job may be submitted again. */
function classifyCancelled({ error, failure_reason_code: reason }: JobStatus): StatusVerdict {
  const words = [reason, error === null || error === undefined || error === '' ? null : readMessage(error)];
  const why = words.filter((word) => word !== null && word !== undefined && word !== 'CANCELLED').join(': ');
  const message = `Cancelled by the provider${why === '' ? '' : ` (${why})`}.`;
  return { kind: 'failed', code: 'CANCELLED', message, saidRetryable: undefined };
}

/** Reads a message from `error`, which may be any JSON. */
function readMessage(error: unknown): string {
  if (typeof error === 'string' && error !== '') return error;
  if (error === null || error === undefined || error === '') return 'the provider gave no message';
  return JSON.stringify(error);
}

function readTime(job: JobStatus): { readonly ranMs?: number } {
  const between = Date.parse(job.completed_at ?? '') - Date.parse(job.queued_at ?? '');
  const ranMs = typeof job.total_elapsed_seconds === 'number' ? job.total_elapsed_seconds * 1_000 : between;
  return ranMs >= 0 ? { ranMs } : {};
}

function readCharge(job: JobStatus): Charge | null {
  const credits = job.credits_charged === false ? 0 : (job.credits_amount ?? null);
  const usd = job.cost_usd ?? null;
  return credits === null && usd === null ? null : { credits, usd };
}

function readBalance(job: JobStatus): { readonly balance?: Balance } {
  const balance = { usd: job.balance_remaining_usd ?? null, credits: job.credits_remaining ?? null };
  return balance.usd === null && balance.credits === null ? {} : { balance };
}
