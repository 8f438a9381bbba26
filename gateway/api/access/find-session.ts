/** Finds the session of a request, and refuses what another page may have sent with its cookie. */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ApiProblem } from '../problem';
import { readSessionCookies } from './session-cookie';
import type { Session, Sessions } from './sessions';

export const CSRF_HEADER = 'imagepipeline-csrf';
const READS = ['GET', 'HEAD'];
/** `none`: the user typed the address or opened a bookmark. Old browsers send no such header. */
const OWN_PAGES = ['same-origin', 'none', undefined];

/**
 * Finds the session of a request by its cookie; `null`: it has none.
 *
 * @throws ApiProblem FORBIDDEN for a write without the CSRF header of the session
 */
export function findSession(request: FastifyRequest, sessions: Sessions): Session | null {
  // `SameSite` counts other ports of this host as the same site.
  if (!isFromOwnPage(request)) return null;
  for (const secret of readSessionCookies(request)) {
    const session = sessions.find(secret);
    if (session === null) continue;
    if (READS.includes(request.method) || isEqual(request.headers[CSRF_HEADER], session.csrf)) return session;
    throw new ApiProblem('FORBIDDEN', `a write with a session needs its CSRF token in the header ${CSRF_HEADER}`, {
      remedy: 'Reload the page. Programs use a bearer token instead of a session.',
    });
  }
  return null;
}

export function isFromOwnPage({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return OWN_PAGES.some((site) => site === headers['sec-fetch-site']);
}

function isEqual(given: string | readonly string[] | undefined, expected: string): boolean {
  const [one, other] = [Buffer.from(String(given)), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
