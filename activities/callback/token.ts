/** Tokens in the addresses of callbacks: a claim and its HMAC-SHA256. Callbacks are unsigned, so this is all there is. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CallbackClaim } from '../../workflows/domain/item/callback';
import { parseJson } from '../imagepipeline/read-body';

/** The first signs; any of them verifies. At least one. */
export type CallbackSecrets = readonly [string, ...string[]];

/** Longest token that is looked at, in characters; those of the longest workflow ids, runs and keys are shorter. */
const MAX_TOKEN_LENGTH = 8_192;

/** Says what the HMAC is for, should the secret ever be used for something else as well. */
const PURPOSE = 'imagepipeline-callback.2.';

export function signToken({ workflowId, run, key, submission }: CallbackClaim, [secret]: CallbackSecrets): string {
  const claim = Buffer.from(JSON.stringify([workflowId, run, key, submission])).toString('base64url');
  return `${claim}.${hmac(claim, secret)}`;
}

/** The claim of a token that was signed with one of the secrets; `null` for any other text. */
export function verifyToken(token: string, secrets: CallbackSecrets): CallbackClaim | null {
  if (token.length > MAX_TOKEN_LENGTH) return null;
  const [claim = '', signature = '', ...rest] = token.split('.');
  if (rest.length > 0 || !isSigned(claim, Buffer.from(signature), secrets)) return null;
  return parseClaim(claim);
}

/** Every secret is tried, so that the time tells neither which one fits nor how much of a signature is right. */
function isSigned(claim: string, signature: Buffer, secrets: CallbackSecrets): boolean {
  const matches = secrets.map((secret) => {
    const expected = Buffer.from(hmac(claim, secret));
    return timingSafeEqual(expected, signature.length === expected.length ? signature : Buffer.alloc(expected.length));
  });
  return matches.includes(true);
}

function hmac(claim: string, secret: string): string {
  return createHmac('sha256', secret).update(PURPOSE).update(claim).digest('base64url');
}

/** What we signed is what we wrote, but another release may have written claims that this one cannot read: they are none. */
function parseClaim(text: string): CallbackClaim | null {
  const claim = parseJson(Buffer.from(text, 'base64url').toString());
  if (!Array.isArray(claim) || claim.length !== 4) return null;
  const [workflowId, run, key, submission]: readonly unknown[] = claim;
  if (typeof workflowId !== 'string' || typeof run !== 'string' || typeof key !== 'string') return null;
  return Number.isInteger(submission) ? { workflowId, run, key, submission: Number(submission) } : null;
}
