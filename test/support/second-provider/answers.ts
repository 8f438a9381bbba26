/** The bodies of the second provider, as the newest client of the vendor and the newest pages have them. */
import type { Format, ImageOrder, Job } from './books';

export const ENDPOINT = '/generate/image/v1';

const PRICE_USD = 0.04;
const MAX_SIDE = 1024;
const FORMATS: readonly string[] = ['webp', 'jpeg', 'png'];

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Problem {
  readonly loc: readonly string[];
  readonly msg: string;
  readonly type: string;
}

/** The order in a body, or the 422 that says what is wrong with it. */
export function readOrder(text: string): ImageOrder | Answer {
  const {
    prompt,
    width = MAX_SIDE,
    height = MAX_SIDE,
    output_format: format = 'webp',
    callback_url: callbackUrl,
  } = fieldsIn(text);
  const problems: Problem[] = [];
  if (typeof prompt !== 'string') problems.push(problemAt('prompt', 'Field required', 'missing'));
  if (!isSide(width)) problems.push(problemAt('width', 'Input should be between 1 and 1024', 'range'));
  if (!isSide(height)) problems.push(problemAt('height', 'Input should be between 1 and 1024', 'range'));
  if (!FORMATS.includes(String(format))) problems.push(problemAt('output_format', 'Unknown format', 'enum'));
  if (problems.length > 0) return { status: 422, body: { detail: problems } };
  return {
    prompt: String(prompt),
    width: Number(width),
    height: Number(height),
    format: String(format) as Format,
    callbackUrl: typeof callbackUrl === 'string' ? callbackUrl : null,
  };
}

function fieldsIn(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isSide(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_SIDE;
}

function problemAt(field: string, msg: string, type: string): Problem {
  return { loc: ['body', field], msg, type };
}

export const WRONG_KEY: Answer = { status: 401, body: { detail: 'Invalid API key' } };

/** The sources name the code and no status: only that it is neither 401 nor 429. */
export const NO_BALANCE: Answer = errorAnswer(400, 'INSUFFICIENT_BALANCE', 'Your balance does not cover this job.');

export const UNKNOWN_JOB: Answer = errorAnswer(404, 'NOT_FOUND', 'There is no such job.');

function errorAnswer(status: number, code: string, message: string): Answer {
  return { status, body: { error: code.toLowerCase(), error_code: code, message } };
}

export function queuedAnswer({ jobId, acceptedAt }: Job, jobMs: number): Answer {
  const queuedAt = new Date(acceptedAt).toISOString();
  const estimate = Math.ceil(jobMs / 1_000);
  const body = { job_id: jobId, status: 'queued', endpoint: ENDPOINT, estimated_time_seconds: estimate };
  return { status: 200, body: { ...body, queued_at: queuedAt } };
}

/**
 * @param resultUrl of a job that has completed
 * @param credits what the account has left; `null`: without end
 */
export function statusAnswer(
  { jobId, end, acceptedAt, endedAt }: Job,
  resultUrl: string,
  credits: number | null,
): Answer {
  const body = { job_id: jobId, status: end?.status ?? 'processing' };
  if (end === null) return { status: 200, body };
  if (end.status === 'failed') return { status: 200, body: { ...body, ...failureFields(end.code) } };
  const seconds = ((endedAt ?? acceptedAt) - acceptedAt) / 1_000;
  const left = credits === null ? {} : { balance_remaining_usd: credits * PRICE_USD };
  const made = { result_url: resultUrl, processing_time_seconds: seconds, cost_usd: PRICE_USD, ...left };
  return { status: 200, body: { ...body, ...made } };
}

function failureFields(code: string) {
  return { error: 'The job could not be paid.', failure_reason_code: code, retryable: false };
}

/** What is posted to the callback address of a job that has ended. */
export function callbackEvent({ jobId, end, format }: Job, resultUrl: string, bytes: number): unknown {
  const head = { job_id: jobId, user_id: 'usr_second', status: end?.status, timestamp: Date.now() / 1_000 };
  if (end?.status === 'failed') return { ...head, error: 'The job could not be paid.' };
  return { ...head, result_url: resultUrl, result_mime_type: `image/${format}`, result_size_bytes: bytes };
}
