/** Tokens in the addresses of callbacks: a claim and its HMAC-SHA256. Callbacks are unsigned, so this is all there is. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CallbackClaim } from '../../workflows/domain/callback';

/** The first signs; any of them verifies. At least one. */
export type CallbackSecrets = readonly [string, ...string[]];

/** Longest token that is looked at, in characters; those of the longest workflow ids and keys are shorter. */
const LONGEST_TOKEN = 8_192;

/** Says what the HMAC is for, should the secret ever be used for something else as well. */
const PURPOSE = 'imagepipeline-callback.1.';

export function signToken({ workflowId, key, submission }: CallbackClaim, [secret]: CallbackSecrets): string {
  const claim = Buffer.from(JSON.stringify([workflowId, key, submission])).toString('base64url');
  return `${claim}.${hmac(claim, secret)}`;
}

/** The claim of a token that was signed with one of the secrets; `null` for any other text. */
export function verifyToken(token: string, secrets: CallbackSecrets): CallbackClaim | null {
  if (token.length > LONGEST_TOKEN) return null;
  const [claim = '', signature = '', ...rest] = token.split('.');
  if (rest.length > 0 || !isSigned(claim, Buffer.from(signature), secrets)) return null;
  return claimOf(claim);
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

/** What we signed is what we wrote, but a newer release may write claims that this one cannot read. */
function claimOf(text: string): CallbackClaim | null {
  const [workflowId, key, submission] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
  const isClaim = typeof workflowId === 'string' && typeof key === 'string' && typeof submission === 'number';
  return isClaim ? { workflowId, key, submission } : null;
}
