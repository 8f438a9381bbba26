/** Bearer tokens of requests, compared so that the time tells neither their length nor how much of them is right. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** Schemes are told apart without case (RFC 9110), and a tab is white space as a blank is. */
const BEARER = /^bearer[ \t]+([\x21-\x7e]+)[ \t]*$/i;

/** The token of the header `Authorization`; `null` where there is none. */
export function readBearerToken(authorization = ''): string | null {
  return BEARER.exec(authorization)?.[1] ?? null;
}

/** The place of a token in a list; `null` for one that is not in it. Every entry is looked at. */
export function findToken(given: string | null, tokens: readonly string[]): number | null {
  const hash = hashToken(given ?? '');
  const matches = tokens.map((token) => timingSafeEqual(hash, hashToken(token)));
  const place = matches.indexOf(true);
  return place === -1 ? null : place;
}

function hashToken(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
