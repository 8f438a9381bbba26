/**
 * Describes an S3 error and the next step. The SDK's errors contain the request, its signature and output of credential
 * helpers, so only a code and a cleaned message are passed on.
 */
import { getOwn } from '../../../workflows/domain/base/own-value';
import { describeCertificateFault } from '../../imagepipeline/certificate-fault';
import { cleanText } from '../../imagepipeline/redact';

const MAX_MESSAGE_LENGTH = 300;
/** Maximum length of a message that is searched, in characters. */
const MAX_SEARCHED = 2_000;

/** What is wrong, and how to fix it. */
interface S3Problem {
  readonly what: string;
  readonly remedy: string;
}

const NEW_CREDENTIALS =
  'get new ones; a worker reloads a profile or role automatically, and needs a restart for environment variables';
const EXPIRED: S3Problem = { what: 'the credentials have expired', remedy: NEW_CREDENTIALS };
const CHECK_NETWORK = 'check IMAGEPIPELINE_S3_ENDPOINT and the network';

/** By error name or code; the message of an error listed here is not shown. */
const PROBLEMS: Readonly<Record<string, S3Problem>> = {
  // The SDK is optional beside the library.
  MODULE_NOT_FOUND: {
    what: 'the AWS SDK is not installed',
    remedy: 'run "npm install @aws-sdk/client-s3 @aws-sdk/lib-storage"',
  },
  CredentialsProviderError: {
    what: 'the AWS SDK finds no usable credentials',
    remedy: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the host a role',
  },
  InvalidAccessKeyId: {
    what: 'the server does not know the access key',
    remedy: 'check the credentials that the AWS SDK uses',
  },
  SignatureDoesNotMatch: {
    what: 'the secret key is wrong',
    remedy: 'check the credentials that the AWS SDK uses',
  },
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  TokenRefreshRequired: EXPIRED,
  InvalidToken: { what: 'the session token is invalid', remedy: NEW_CREDENTIALS },
  RequestTimeTooSkewed: { what: 'the clock of this host is wrong', remedy: 'synchronise it by NTP' },
  NoSuchBucket: {
    what: 'the bucket does not exist',
    remedy: 'create it, or check IMAGEPIPELINE_STORE and IMAGEPIPELINE_S3_ENDPOINT',
  },
  NoSuchKey: { what: 'the object does not exist', remedy: 'check IMAGEPIPELINE_STORE' },
  PermanentRedirect: { what: 'the bucket is in another region', remedy: 'set AWS_REGION to it' },
  ENOTFOUND: {
    what: 'the host name cannot be resolved',
    remedy: 'check IMAGEPIPELINE_S3_ENDPOINT, IMAGEPIPELINE_S3_PATH_STYLE and AWS_REGION',
  },
  ECONNREFUSED: { what: 'nothing listens at the endpoint', remedy: 'check IMAGEPIPELINE_S3_ENDPOINT' },
  ECONNRESET: { what: 'the connection was cut', remedy: CHECK_NETWORK },
  TimeoutError: { what: 'no answer in time', remedy: CHECK_NETWORK },
};

const OWN_AUTHORITY =
  'set NODE_EXTRA_CA_CERTS to the certificate of your authority, or of the proxy if it inspects TLS';
const NO_REGION: S3Problem = { what: 'no region is set', remedy: 'set AWS_REGION' };
const NO_CHECKSUMS = 'if the server does not support S3 checksums, set IMAGEPIPELINE_S3_CHECKSUMS=off';
const NO_CONDITIONS = 'if the server does not support conditional writes (If-None-Match), upgrade it';
const CHECK_RIGHTS = 'check the permissions of the credentials on the bucket';

/** Fields that an error may have; none is guaranteed. */
interface ErrorLike {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
}

/** @param checksums whether checksums are sent */
export function s3Problem(error: unknown, checksums = true): S3Problem {
  const { name, code, message, $metadata } = errorLike(error);
  const known = getOwn(PROBLEMS, String(code)) ?? getOwn(PROBLEMS, String(name));
  if (known !== undefined) return known;
  if (name === 'ProxyRefused') return { what: cleanMessage(String(message)), remedy: '' };
  const certificate = describeCertificateFault(error);
  if (certificate !== null) return { what: certificate, remedy: OWN_AUTHORITY };
  const text = String(message ?? '');
  if (text === 'Region is missing') return NO_REGION;
  const status = $metadata?.httpStatusCode;
  const kind = [code ?? name ?? 'an error without a name', ...(status === undefined ? [] : [`HTTP ${status}`])];
  return {
    what: `${kind.join(', ')}: ${cleanMessage(text)}`,
    remedy: findRemedy(status, `${name} ${text}`, checksums),
  };
}

/** Servers reject an unknown header with 501, or with 400 and their own text. */
function findRemedy(status: unknown, words: string, checksums: boolean): string {
  if (status === 403) return CHECK_RIGHTS;
  if (status === 501) return checksums ? NO_CHECKSUMS : NO_CONDITIONS;
  return status === 400 && checksums && /checksum|trailer|sha-?256|x-amz-sdk/i.test(words) ? NO_CHECKSUMS : '';
}

/** One sentence. */
export function formatProblem({ what, remedy }: S3Problem): string {
  return remedy === '' ? what : `${what}; ${remedy}`;
}

/** Whether the server is overloaded or temporarily unavailable. */
export function isBusy(error: unknown): boolean {
  const { name, $metadata } = errorLike(error);
  const status = $metadata?.httpStatusCode;
  return status === 503 || status === 429 || name === 'SlowDown';
}

/** Whether fresh credentials may fix the error. */
export function isForCredentials(error: unknown): boolean {
  const { name, code } = errorLike(error);
  return [name, code].some((one) => /^(ExpiredToken(Exception)?|TokenRefreshRequired|InvalidToken)$/.test(String(one)));
}

export function isMissing(error: unknown): boolean {
  const { name } = errorLike(error);
  // HEAD answers without a body, so its error has the second name.
  return name === 'NoSuchKey' || name === 'NotFound';
}

/** Whether a conditional create failed because the object exists or is being created. */
export function wasThereBefore(error: unknown): boolean {
  const status = errorLike(error).$metadata?.httpStatusCode;
  return status === 412 || status === 409;
}

/** An object that S3 refused to delete. */
interface Refused {
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

/** One refused object of a request for several, as the error of a request for it alone. */
export function toRefusal({ Code = '', Message = '' }: Refused): Error {
  const status = Code === 'AccessDenied' ? { $metadata: { httpStatusCode: 403 } } : {};
  return Object.assign(new Error(Message), { name: Code, ...status });
}

function errorLike(error: unknown): ErrorLike {
  return typeof error === 'object' && error !== null ? error : {};
}

/** Removes URL queries, access key ids, and signed request headers. */
function cleanMessage(message: string): string {
  // Cut before the search: a server may return any text of any length.
  const clean = cleanText(message, [], MAX_SEARCHED)
    .replace(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, '[redacted]')
    .replace(/\b(Credential|Signature|X-Amz-[A-Za-z-]{1,60})=[^\s,&"']+/gi, '$1=[redacted]');
  return clean.length > MAX_MESSAGE_LENGTH ? `${clean.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : clean;
}
