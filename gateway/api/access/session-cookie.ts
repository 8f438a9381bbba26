/** The cookie of a session. */
import type { FastifyRequest } from 'fastify';
import { MAX_SESSION_MS } from './sessions';

/** Browsers accept this name only with `Secure` and without a domain, so no other host can set it. */
const SECURE_NAME = '__Host-imagepipeline';

/** Whether the browser speaks TLS, to us or to a proxy before us. */
export function isOverTls({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers['x-forwarded-proto'] === 'https' || headers.origin?.startsWith('https://') === true;
}

/** Browsers send a cookie to every port of its host: each gateway of a host has a name of its own. */
function nameOf(request: FastifyRequest, isSecure: boolean): string {
  return isSecure ? SECURE_NAME : `imagepipeline-${request.socket.localPort ?? 0}`;
}

/** The secrets that a request may mean, the safer one first. */
export function readSessionCookies(request: FastifyRequest): readonly string[] {
  const names = isOverTls(request) ? [nameOf(request, true)] : [nameOf(request, true), nameOf(request, false)];
  const given = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('=', 2));
  return names.flatMap((name) => given.flatMap(([key, value = '']) => (key === name && value !== '' ? [value] : [])));
}

/** @param secret `null` removes the cookie */
export function formatSessionCookie(request: FastifyRequest, secret: string | null): string {
  const isSecure = isOverTls(request);
  const life = secret === null ? 0 : MAX_SESSION_MS / 1_000;
  const attributes = [`Max-Age=${life}`, 'Path=/', 'HttpOnly', 'SameSite=Strict', ...(isSecure ? ['Secure'] : [])];
  return [`${nameOf(request, isSecure)}=${secret ?? ''}`, ...attributes].join('; ');
}
