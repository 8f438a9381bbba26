/** The HTTP API: one exchange per call, bounded in size and time, classified where it is received. */
import { createHash } from 'node:crypto';
import { findErrorCode } from '../../workflows/domain/base/errors';
import { isLoopbackName } from '../../workflows/domain/base/loopback';
import type { RequestFields } from '../../workflows/domain/item/item';
import { getOperationRow, type OperationName } from '../../workflows/domain/operations/operations';
import { type CallVerdict, classifyCall } from './classify-call';
import { classifyStatus, type StatusVerdict } from './classify-status';
import { classifySubmit, type SubmitExchange, type SubmitVerdict } from './classify-submit';
import { describeForeignAnswer } from './foreign-answer';
import { parseJson, readText } from './read-body';
import { parseRetryAfter } from './retry-after';
import {
  CertificateInvalid,
  type HttpRequest,
  type HttpResponse,
  NothingSent,
  readHeader,
  type Transport,
} from './transport';
import { buildForm, classifyUpload, type UploadFile, type UploadVerdict } from './upload';

interface ApiLimits {
  /** Timeout of one POST, in ms. Default 60 s, shorter than the activity's own timeout. */
  readonly submitMs: number;
  /** Timeout of one upload, in ms. Default 120 s. */
  readonly uploadMs: number;
  /** Timeout of one status read, in ms. Default 20 s. */
  readonly readMs: number;
  /** Timeout of one call that is not a job, in ms. Default 60 s: segments are found while the caller waits. */
  readonly callMs: number;
  /** Timeout of one download, in ms. Default 120 s. */
  readonly downloadMs: number;
}

const DEFAULT_API_LIMITS: ApiLimits = {
  ...{ submitMs: 60_000, uploadMs: 120_000, readMs: 20_000, callMs: 60_000, downloadMs: 120_000 },
};

/** Maximum duration of one POST, in ms. */
export const MAX_POST_MS = DEFAULT_API_LIMITS.submitMs;

const MAX_REDIRECTS = 5;
const UPLOAD_PATH = '/upload/image/v1';
const ACCOUNT_TAG_DIGITS = 16;

/** How to reach the API. */
export interface ApiSettings {
  readonly baseUrl: string;
  /** The key, or a function that returns the current one. */
  readonly apiKey: string | (() => string);
  readonly transport: Transport;
  readonly limits?: Partial<ApiLimits>;
  /**
   * Whether results may be downloaded from private networks. Default false; always allowed if the API runs on this
   * machine.
   */
  readonly allowPrivateResults?: boolean;
  /** Receives the body of each answer with 2xx to a submission or a status read. Default: none. */
  readonly onAnswer?: (kind: 'submit' | 'status', body: unknown) => void;
}

/** A call that is not a job. */
export interface ApiRequest {
  readonly method: HttpRequest['method'];
  /** Path below the API's address. */
  readonly path: string;
  /** Sent as JSON. Default: none. */
  readonly body?: unknown;
}

/** The API calls that activities make. The API key is sent nowhere else. */
export interface ImagePipelineApi {
  /** Maximum duration of one POST, in ms. */
  readonly submitLimitMs: number;
  /** Distinguishes the accounts of API keys without revealing them; hexadecimal digits. */
  readonly accountTag: string;
  /** Uploads a file, which is free. Throws only if `signal` was aborted. */
  upload(file: UploadFile, signal: AbortSignal): Promise<UploadVerdict>;
  /** Sends exactly one POST. Never throws for errors of the provider or the network. */
  submit(operation: OperationName, request: RequestFields): Promise<SubmitVerdict>;
  /** Sends exactly one status read. Throws only if `signal` was aborted. */
  readStatus(operation: OperationName, jobId: string, signal: AbortSignal): Promise<StatusVerdict>;
  /** Makes exactly one exchange of a call that is not a job. Throws only if `signal` was aborted. Absent: such calls are refused. */
  call?(request: ApiRequest, signal: AbortSignal): Promise<CallVerdict>;
  /** Opens a result for reading, without the API key: the URL is signed and may point to any host. */
  openResult(url: string, signal: AbortSignal): Promise<HttpResponse>;
}

/** Creates the API client over HTTP. */
export function createImagePipelineApi(settings: ApiSettings): ImagePipelineApi {
  const limits = { ...DEFAULT_API_LIMITS, ...settings.limits };
  const base = settings.baseUrl.replace(/\/+$/, '');
  const { apiKey } = settings;
  const readKey = typeof apiKey === 'string' ? () => apiKey : apiKey;
  const headers = () => ({ accept: 'application/json', 'x-api-key': readKey() });
  const { transport } = settings;
  const observe = (kind: 'submit' | 'status', exchange: SubmitExchange) => {
    const isSuccess = exchange.kind === 'answer' && exchange.status >= 200 && exchange.status < 300;
    if (isSuccess) settings.onAnswer?.(kind, exchange.body);
  };
  const isLocal = URL.canParse(base) && isLoopbackName(new URL(base).hostname);
  return {
    submitLimitMs: limits.submitMs,
    accountTag: createHash('sha256').update(`${base}\n${readKey()}`).digest('hex').slice(0, ACCOUNT_TAG_DIGITS),
    upload: async (file, signal) => {
      const { contentType, body } = buildForm(file);
      const { exchange, foreign } = await sendRequest(transport, {
        method: 'POST',
        url: base + UPLOAD_PATH,
        headers: { ...headers(), 'content-type': contentType },
        body,
        timeoutMs: limits.uploadMs,
        signal,
      });
      signal.throwIfAborted();
      const verdict = classifyUpload(exchange, foreign !== '');
      return 'message' in verdict ? withForeign(verdict, foreign) : verdict;
    },
    submit: async (operation, request) => {
      const { exchange, foreign } = await sendRequest(transport, {
        method: 'POST',
        url: base + getOperationRow(operation).path,
        headers: { ...headers(), 'content-type': 'application/json' },
        body: JSON.stringify(request),
        timeoutMs: limits.submitMs,
      });
      const verdict = classifySubmit(exchange);
      observe('submit', exchange);
      return 'message' in verdict ? withForeign(verdict, foreign) : verdict;
    },
    readStatus: async (operation, jobId, signal) => {
      const url = `${base}${getOperationRow(operation).path}/status/${encodeURIComponent(jobId)}`;
      const request: HttpRequest = { method: 'GET', url, headers: headers(), timeoutMs: limits.readMs, signal };
      const { exchange, foreign } = await sendRequest(transport, request);
      signal.throwIfAborted();
      observe('status', exchange);
      const verdict = classifyStatus(
        exchange.kind === 'answer' ? exchange : { kind: 'no-answer', problem: exchange.problem },
        getOperationRow(operation).results,
      );
      return verdict.kind === 'trouble' ? { ...verdict, problem: `${verdict.problem}${foreign}` } : verdict;
    },
    call: async ({ method, path, body }, signal) => {
      const { exchange, foreign } = await sendRequest(transport, {
        ...{ method, url: base + path, timeoutMs: limits.callMs, signal },
        ...(body === undefined
          ? { headers: headers() }
          : { headers: { ...headers(), 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      signal.throwIfAborted();
      const verdict = classifyCall(exchange);
      return 'message' in verdict ? withForeign(verdict, foreign) : verdict;
    },
    openResult: (url, signal) =>
      followRedirects(
        { transport, isLocal },
        {
          method: 'GET',
          url,
          headers: { accept: '*/*' },
          timeoutMs: limits.downloadMs,
          signal,
          isPublicOnly: !isLocal && settings.allowPrivateResults !== true,
        },
      ),
  };
}

/** Names an answer that is not the API's. */
function withForeign<V extends { readonly message: string }>(verdict: V, foreign: string): V {
  return { ...verdict, message: `${verdict.message}${foreign}` };
}

interface ResultSource {
  readonly transport: Transport;
  /** Whether the API runs on this machine; its results may then come from here, without TLS. */
  readonly isLocal: boolean;
}

/** Follows redirects of a download to other hosts. A POST is never redirected, because that could pay twice. */
async function followRedirects(
  source: ResultSource,
  request: HttpRequest,
  left = MAX_REDIRECTS,
): Promise<HttpResponse> {
  if (!source.isLocal && new URL(request.url).protocol !== 'https:') throw new Error('its URL is not https');
  const response = await source.transport(request);
  const location = readHeader(response, 'location');
  if (response.status < 300 || response.status >= 400 || location === undefined || left === 0) return response;
  await readText(response.body);
  return followRedirects(source, { ...request, url: new URL(location, request.url).href }, left - 1);
}

interface Seen {
  readonly exchange: SubmitExchange;
  /** Description, in parentheses, of an answer that is not the API's; empty otherwise. */
  readonly foreign: string;
}

/** Performs one exchange and returns what was observed. */
async function sendRequest(transport: Transport, request: HttpRequest): Promise<Seen> {
  let response: HttpResponse;
  try {
    response = await transport(request);
  } catch (error) {
    const problem = describeProblem(error);
    if (!(error instanceof NothingSent)) return { exchange: { kind: 'lost', problem }, foreign: '' };
    const cause = error instanceof CertificateInvalid ? { isCertificate: true as const } : {};
    return { exchange: { kind: 'nothing-sent', problem, ...cause }, foreign: '' };
  }
  const retryAfterMs = parseRetryAfter(readHeader(response, 'retry-after'), Date.now());
  const text = await readBodyText(response, request.headers['x-api-key'] ?? '');
  const foreign = text === null ? null : describeForeignAnswer(response, text, request.url);
  const body = text === null ? undefined : parseJson(text);
  return {
    exchange: { kind: 'answer', status: response.status, body, retryAfterMs },
    foreign: foreign === null ? '' : ` (${foreign})`,
  };
}

/**
 * Reads the body as text; `null` if it breaks off or is too long, which the classification treats as unreadable. The
 * API key is removed here, in case the provider repeats it.
 */
async function readBodyText(response: HttpResponse, apiKey: string): Promise<string | null> {
  try {
    const text = await readText(response.body);
    return apiKey === '' ? text : text.split(apiKey).join('[key]');
  } catch {
    return null;
  }
}

/** Error text without URLs, plus the error code that people search for. */
export function describeProblem(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed';
  if (error.name === 'TimeoutError') return 'no answer within the time limit';
  const code = findErrorCode(error) ?? findErrorCode(error.cause);
  return code === null ? error.message : `${error.message} (${code})`;
}
