/** The HTTP API: one exchange a call, answers bounded in size and time, classified at the border. */
import { isLoopbackName } from '../../workflows/domain/base/loopback';
import type { RequestFields } from '../../workflows/domain/item/item';
import { getOperationRow, type OperationName } from '../../workflows/domain/operations/operations';
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

interface ApiLimits {
  /** For one POST, in ms. Default 60 s, shorter than the activity's own limit. */
  readonly submitMs: number;
  /** For one status read, in ms. Default 20 s. */
  readonly readMs: number;
  /** For one download, in ms. Default 120 s. */
  readonly downloadMs: number;
}

const DEFAULT_API_LIMITS: ApiLimits = { submitMs: 60_000, readMs: 20_000, downloadMs: 120_000 };

/** After this a POST without an answer is given up, in ms. */
export const MAX_POST_MS = DEFAULT_API_LIMITS.submitMs;

const MAX_REDIRECTS = 5;

/** How the API is reached. */
export interface ApiSettings {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly transport: Transport;
  readonly limits?: Partial<ApiLimits>;
  /** Whether results may be fetched from private networks. Default false; those of an API on this machine always may. */
  readonly allowPrivateResults?: boolean;
}

/** The calls of the API that activities make; the key is sent nowhere else. */
export interface ImagePipelineApi {
  /** No POST takes longer, in ms. */
  readonly submitLimitMs: number;
  /** Exactly one POST; never throws for what the provider or the network did. */
  submit(operation: OperationName, request: RequestFields): Promise<SubmitVerdict>;
  /** Exactly one read; throws only if `signal` was aborted. */
  readStatus(operation: OperationName, jobId: string, signal: AbortSignal): Promise<StatusVerdict>;
  /** Opens a result for reading, without our key: the address is signed and may be anybody's host. */
  openResult(url: string, signal: AbortSignal): Promise<HttpResponse>;
}

/** The API over HTTP. */
export function createImagePipelineApi(settings: ApiSettings): ImagePipelineApi {
  const limits = { ...DEFAULT_API_LIMITS, ...settings.limits };
  const base = settings.baseUrl.replace(/\/+$/, '');
  const headers = { accept: 'application/json', 'x-api-key': settings.apiKey };
  const { transport } = settings;
  const isLocal = URL.canParse(base) && isLoopbackName(new URL(base).hostname);
  return {
    submitLimitMs: limits.submitMs,
    submit: async (operation, request) => {
      const { exchange, foreign } = await sendRequest(transport, {
        method: 'POST',
        url: base + getOperationRow(operation).path,
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(request),
        timeoutMs: limits.submitMs,
      });
      const verdict = classifySubmit(exchange);
      return verdict.kind === 'accepted' ? verdict : { ...verdict, message: `${verdict.message}${foreign}` };
    },
    readStatus: async (operation, jobId, signal) => {
      const url = `${base}${getOperationRow(operation).path}/status/${encodeURIComponent(jobId)}`;
      const request: HttpRequest = { method: 'GET', url, headers, timeoutMs: limits.readMs, signal };
      const { exchange, foreign } = await sendRequest(transport, request);
      signal.throwIfAborted();
      const verdict = classifyStatus(
        exchange.kind === 'answer' ? exchange : { kind: 'no-answer', problem: exchange.problem },
      );
      return verdict.kind === 'trouble' ? { ...verdict, problem: `${verdict.problem}${foreign}` } : verdict;
    },
    openResult: (url, signal) =>
      followRedirects(
        { transport, isLocal },
        {
          method: 'GET',
          url,
          headers: { accept: 'image/*' },
          timeoutMs: limits.downloadMs,
          signal,
          isPublicOnly: !isLocal && settings.allowPrivateResults !== true,
        },
      ),
  };
}

interface ResultSource {
  readonly transport: Transport;
  /** The API is on this machine, and so may its results be, without TLS. */
  readonly isLocal: boolean;
}

/** A download may be redirected to another host; a POST never is, since that could pay twice. */
async function followRedirects(
  source: ResultSource,
  request: HttpRequest,
  left = MAX_REDIRECTS,
): Promise<HttpResponse> {
  if (!source.isLocal && new URL(request.url).protocol !== 'https:') throw new Error('its address is not https');
  const response = await source.transport(request);
  const location = readHeader(response, 'location');
  if (response.status < 300 || response.status >= 400 || location === undefined || left === 0) return response;
  await readText(response.body);
  return followRedirects(source, { ...request, url: new URL(location, request.url).href }, left - 1);
}

interface Seen {
  readonly exchange: SubmitExchange;
  /** What the answer was if it is not the API's, in brackets; empty otherwise. */
  readonly foreign: string;
}

/** One exchange, told as what was seen of it. */
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
 * `null` for a body that breaks off or is too long: it is unreadable, which the classification knows how to judge. Our key is
 * taken out here, at the border, should the provider ever repeat it.
 */
async function readBodyText(response: HttpResponse, apiKey: string): Promise<string | null> {
  try {
    const text = await readText(response.body);
    return apiKey === '' ? text : text.split(apiKey).join('[key]');
  } catch {
    return null;
  }
}

/** The network's words without addresses, with the code that people search for. */
export function describeProblem(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed';
  if (error.name === 'TimeoutError') return 'no answer within the time limit';
  const code = findCode(error) ?? findCode(error.cause);
  return code === undefined ? error.message : `${error.message} (${code})`;
}

function findCode(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
