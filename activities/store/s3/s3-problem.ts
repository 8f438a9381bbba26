/**
 * What went wrong at S3, with the next step. The SDK's own errors hold the request, its signature and
 * what a credential helper printed, so nothing of them is passed on but a code and a cleaned message.
 */
import { getOwn } from '../../../workflows/domain/base/own-value';
import { cleanText } from '../../imagepipeline/redact';

const MAX_MESSAGE_LENGTH = 300;
/** Of a message, in characters. */
const MAX_SEARCHED = 2_000;

/** What is wrong, and what to do about it. */
interface S3Problem {
  readonly what: string;
  readonly remedy: string;
}

const NEW_CREDENTIALS =
  'get new ones; a worker takes them up from the profile or the role by itself, from variables when it is started anew';
const EXPIRED: S3Problem = { what: 'the credentials have expired', remedy: NEW_CREDENTIALS };
const CHECK_NETWORK = 'check IMAGEPIPELINE_S3_ENDPOINT and the network';

/** By the error's name or code; the message of an error named here is not shown. */
const PROBLEMS: Readonly<Record<string, S3Problem>> = {
  CredentialsProviderError: {
    what: 'the AWS SDK finds no usable credentials',
    remedy: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the host a role',
  },
  InvalidAccessKeyId: {
    what: 'the access key is not known there',
    remedy: 'check the credentials that the AWS SDK finds',
  },
  SignatureDoesNotMatch: {
    what: 'the secret key is not the right one',
    remedy: 'check the credentials that the AWS SDK finds',
  },
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  TokenRefreshRequired: EXPIRED,
  InvalidToken: { what: 'the session token is not valid there', remedy: NEW_CREDENTIALS },
  RequestTimeTooSkewed: { what: 'the clock of this host is wrong', remedy: 'set it, by NTP' },
  NoSuchBucket: {
    what: 'there is no such bucket',
    remedy: 'create it, or check IMAGEPIPELINE_STORE and IMAGEPIPELINE_S3_ENDPOINT',
  },
  NoSuchKey: { what: 'there is no such object', remedy: 'check IMAGEPIPELINE_STORE' },
  PermanentRedirect: { what: 'the bucket is in another region', remedy: 'set AWS_REGION to it' },
  ENOTFOUND: {
    what: 'the host is not known',
    remedy: 'check IMAGEPIPELINE_S3_ENDPOINT, IMAGEPIPELINE_S3_PATH_STYLE and AWS_REGION',
  },
  ECONNREFUSED: { what: 'nobody listens at the endpoint', remedy: 'check IMAGEPIPELINE_S3_ENDPOINT' },
  ECONNRESET: { what: 'the connection was cut', remedy: CHECK_NETWORK },
  TimeoutError: { what: 'no answer in time', remedy: CHECK_NETWORK },
};

const NO_REGION: S3Problem = { what: 'no region is set', remedy: 'set AWS_REGION' };
const NO_CHECKSUMS = 'if the server does not know the checksums of S3, set IMAGEPIPELINE_S3_CHECKSUMS=off';
const NO_CONDITIONS = 'if the server does not know conditional writes (If-None-Match), use a newer release of it';
const CHECK_RIGHTS = 'check what the credentials may do with the bucket';

/** What may be on an error; nothing of it can be relied on. */
interface ErrorLike {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
}

/** @param checksums whether they are sent */
export function s3Problem(error: unknown, checksums = true): S3Problem {
  const { name, code, message, $metadata } = errorLike(error);
  const known = getOwn(PROBLEMS, String(code)) ?? getOwn(PROBLEMS, String(name));
  if (known !== undefined) return known;
  const text = String(message ?? '');
  if (text === 'Region is missing') return NO_REGION;
  const status = $metadata?.httpStatusCode;
  const kind = [code ?? name ?? 'an error without a name', ...(status === undefined ? [] : [`HTTP ${status}`])];
  return {
    what: `${kind.join(', ')}: ${cleanMessage(text)}`,
    remedy: findRemedy(status, `${name} ${text}`, checksums),
  };
}

/** Servers that do not know a header refuse it by 501, or by 400 in words of their own. */
function findRemedy(status: unknown, words: string, checksums: boolean): string {
  if (status === 403) return CHECK_RIGHTS;
  if (status === 501) return checksums ? NO_CHECKSUMS : NO_CONDITIONS;
  return status === 400 && checksums && /checksum|trailer|sha-?256|x-amz-sdk/i.test(words) ? NO_CHECKSUMS : '';
}

/** As one sentence. */
export function formatProblem({ what, remedy }: S3Problem): string {
  return remedy === '' ? what : `${what}; ${remedy}`;
}

/** It has to be asked less often, or is about to be there again. */
export function isBusy(error: unknown): boolean {
  const { name, $metadata } = errorLike(error);
  const status = $metadata?.httpStatusCode;
  return status === 503 || status === 429 || name === 'SlowDown';
}

/** Other credentials may be there by now. */
export function isForCredentials(error: unknown): boolean {
  const { name, code } = errorLike(error);
  return [name, code].some((one) => /^(ExpiredToken(Exception)?|TokenRefreshRequired|InvalidToken)$/.test(String(one)));
}

export function isMissing(error: unknown): boolean {
  const { name } = errorLike(error);
  // The second is the answer to HEAD, which has no body.
  return name === 'NoSuchKey' || name === 'NotFound';
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
function cleanMessage(message: string): string {
  // Cut before it is searched: a server may say anything, and at length.
  const clean = cleanText(message, [], MAX_SEARCHED)
    .replace(/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, '[redacted]')
    .replace(/\b(Credential|Signature|X-Amz-[A-Za-z-]{1,60})=[^\s,&"']+/gi, '$1=[redacted]');
  return clean.length > MAX_MESSAGE_LENGTH ? `${clean.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : clean;
}
