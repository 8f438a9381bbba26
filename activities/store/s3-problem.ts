/**
 * What went wrong at S3, in one sentence with the next step. The SDK's own errors hold the request, its signature and
 * what a credential helper printed, so nothing of them is passed on but a code and a cleaned message.
 */
import { getOwn } from '../../workflows/domain/own-value';
import { cleanText } from '../imagepipeline/redact';

const LONGEST_MESSAGE = 300;
/** Of a message, in characters. */
const MAX_SEARCHED = 2_000;

/** By the error's name or code; the message of an error named here is not shown. */
const SENTENCES: Readonly<Record<string, string>> = {
  CredentialsProviderError:
    'the AWS SDK finds no usable credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the host a role',
  InvalidAccessKeyId: 'the access key is not known there; check the credentials that the AWS SDK finds',
  SignatureDoesNotMatch: 'the secret key is not the right one; check the credentials that the AWS SDK finds',
  ExpiredToken: 'the credentials have expired; get new ones',
  NoSuchBucket: 'there is no such bucket; create it, or check IMAGEPIPELINE_STORE and IMAGEPIPELINE_S3_ENDPOINT',
  NoSuchKey: 'there is no such object',
  PermanentRedirect: 'the bucket is in another region; set AWS_REGION to it',
  ENOTFOUND: 'the host is not known; check IMAGEPIPELINE_S3_ENDPOINT, IMAGEPIPELINE_S3_PATH_STYLE and AWS_REGION',
  ECONNREFUSED: 'nobody listens at the endpoint; check IMAGEPIPELINE_S3_ENDPOINT',
  ECONNRESET: 'the connection was cut; check IMAGEPIPELINE_S3_ENDPOINT and the network',
  TimeoutError: 'no answer in time; check IMAGEPIPELINE_S3_ENDPOINT and the network',
};

/** What may be on an error; nothing of it can be relied on. */
interface ErrorLike {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
}

export function s3Problem(error: unknown): string {
  const { name, code, message, $metadata } = errorLike(error);
  const sentence = getOwn(SENTENCES, String(code)) ?? getOwn(SENTENCES, String(name));
  if (sentence !== undefined) return sentence;
  if (message === 'Region is missing') return 'no region is set; set AWS_REGION';
  const status = $metadata?.httpStatusCode;
  const kind = [code ?? name ?? 'an error without a name', ...(status === undefined ? [] : [`HTTP ${status}`])];
  const step = status === 403 ? '; check what the credentials may do with the bucket' : '';
  return `${kind.join(', ')}: ${cleaned(String(message ?? ''))}${step}`;
}

export function isMissing(error: unknown): boolean {
  return errorLike(error).name === 'NoSuchKey';
}

/** Of a conditional create: there is an object already, or one is just being created. */
export function wasThereBefore(error: unknown): boolean {
  const status = errorLike(error).$metadata?.httpStatusCode;
  return status === 412 || status === 409;
}

function errorLike(error: unknown): ErrorLike {
  return typeof error === 'object' && error !== null ? error : {};
}

/** Without the query of any address, without key ids, and without what a header of a signed request says. */
function cleaned(message: string): string {
  // Cut before it is searched: a server may say anything, and at length.
  const clean = cleanText(message, [], MAX_SEARCHED)
    .replace(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, '[redacted]')
    .replace(/\b(Credential|Signature|X-Amz-[A-Za-z-]{1,60})=[^\s,&"']+/gi, '$1=[redacted]');
  return clean.length > LONGEST_MESSAGE ? `${clean.slice(0, LONGEST_MESSAGE - 1)}…` : clean;
}
