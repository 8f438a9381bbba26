/** The form of an upload, and what its answer means. An upload is free, so one without a clear answer is repeated. */
import { randomUUID } from 'node:crypto';
import type { FailureCode } from '../../workflows/domain/failures/failures';
import { findUnsentCode, type Refusal, type SubmitExchange } from './classify-submit';
import { readCode, toSentence } from './error-body';
import { errorBodySchema, uploadSchema } from './wire';

export interface UploadFile {
  /** ASCII, without quotes. */
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

export type UploadVerdict = { readonly kind: 'uploaded'; readonly url: string } | Refusal;

/** Builds a form with one file in the field `file`. */
export function buildForm({ name, contentType, bytes }: UploadFile): {
  readonly contentType: string;
  readonly body: Uint8Array;
} {
  const boundary = `imagepipeline-${randomUUID()}`;
  const head =
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n` +
    `content-type: ${contentType}\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return { contentType: `multipart/form-data; boundary=${boundary}`, body };
}

/** Codes of refusals by status, unless the answer names a published one. Any other status means an outage. */
const REFUSALS = new Map<number, FailureCode>([
  [400, 'INPUT_INVALID'],
  [401, 'UNAUTHENTICATED'],
  [402, 'INSUFFICIENT_CREDITS'],
  [403, 'FORBIDDEN'],
  [404, 'RESPONSE_INVALID'],
  [405, 'RESPONSE_INVALID'],
  [413, 'INPUT_INVALID'],
  [415, 'INPUT_INVALID'],
  [422, 'INPUT_INVALID'],
  [429, 'RATE_LIMIT_EXCEEDED'],
]);

/** @param isForeign whether the answer is not in the provider's form, for example a proxy's page */
export function classifyUpload(exchange: SubmitExchange, isForeign: boolean): UploadVerdict {
  if (exchange.kind !== 'answer') {
    return refuse(
      exchange.kind === 'nothing-sent' ? findUnsentCode(exchange) : 'PROVIDER_UNREACHABLE',
      exchange.problem,
    );
  }
  const { status, body, retryAfterMs } = exchange;
  if (status >= 200 && status < 300) return readUploaded(status, body, isForeign);
  const error = errorBodySchema.safeParse(body).data;
  const named = readCode(error);
  const code = named ?? REFUSALS.get(status) ?? 'PROVIDER_UNREACHABLE';
  return {
    ...refuse(code, `HTTP ${status}${toSentence(error)}`),
    ...(named === null ? { isUnnamed: true } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function readUploaded(status: number, body: unknown, isForeign: boolean): UploadVerdict {
  const url = uploadSchema.safeParse(body).data?.url ?? '';
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return { kind: 'uploaded', url };
  const isUnreadable = isForeign || body === undefined;
  const message = `the answer was HTTP ${status}, but names no address`;
  return refuse(isUnreadable ? 'PROVIDER_UNREACHABLE' : 'RESPONSE_INVALID', message);
}

function refuse(code: FailureCode, message: string): Refusal {
  return { kind: 'refused', code, message };
}
