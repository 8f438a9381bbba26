/**
 * Tokens in callback URLs: a claim and its HMAC-SHA256. The provider does not sign callbacks, so the token is the only
 * proof.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CallbackClaim } from '../../workflows/domain/item/callback';
import { parseJson } from '../imagepipeline/read-body';

/** At least one secret. The first one signs; any of them verifies. */
export type CallbackSecrets = readonly [string, ...string[]];

/** Maximum token length, in characters; the longest workflow ids, run ids and keys make shorter tokens. */
const MAX_TOKEN_LENGTH = 8_192;

/** Domain separation of the HMAC, in case the secret is used for something else as well. */
const PURPOSE = 'imagepipeline-callback.2.';

export function signToken({ workflowId, run, key, submission }: CallbackClaim, [secret]: CallbackSecrets): string {
  const claim = Buffer.from(JSON.stringify([workflowId, run, key, submission])).toString('base64url');
  return `${claim}.${hmac(claim, secret)}`;
}

/** Returns the claim of a token that one of the secrets signed, or `null`. */
export function verifyToken(token: string, secrets: CallbackSecrets): CallbackClaim | null {
  if (token.length > MAX_TOKEN_LENGTH) return null;
  const [claim = '', signature = '', ...rest] = token.split('.');
  if (rest.length > 0 || !isSigned(claim, Buffer.from(signature), secrets)) return null;
  return parseClaim(claim);
}

/** Tries every secret, because the response time must not reveal which one matches. */
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

/** Parses a claim. Claims written by another release in an unknown format count as absent. */
function parseClaim(text: string): CallbackClaim | null {
  const claim = parseJson(Buffer.from(text, 'base64url').toString());
  if (!Array.isArray(claim) || claim.length !== 4) return null;
  const [workflowId, run, key, submission]: readonly unknown[] = claim;
  if (typeof workflowId !== 'string' || typeof run !== 'string' || typeof key !== 'string') return null;
  return Number.isInteger(submission) ? { workflowId, run, key, submission: Number(submission) } : null;
}
