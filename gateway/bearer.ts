/** Reads bearer tokens and compares them in constant time, which reveals neither their length nor matching characters. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** The scheme ignores case (RFC 9110); tabs and spaces are white space. */
const BEARER = /^bearer[ \t]+([\x21-\x7e]+)[ \t]*$/i;

/** Reads the token of the header `Authorization`; `null` if there is none. */
export function readBearerToken(authorization = ''): string | null {
  return BEARER.exec(authorization)?.[1] ?? null;
}

/** Returns the index of a token in the list; `null` if it is not in it. Compares with every entry. */
export function findToken(given: string | null, tokens: readonly string[]): number | null {
  const hash = hashToken(given ?? '');
  const matches = tokens.map((token) => timingSafeEqual(hash, hashToken(token)));
  const place = matches.indexOf(true);
  return place === -1 ? null : place;
}

function hashToken(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
