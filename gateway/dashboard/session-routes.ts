/** Signs browsers in and out. Not a part of the HTTP API: programs send their token. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { findSession, isFromOwnPage } from '../api/access/find-session';
import { formatSessionCookie } from '../api/access/session-cookie';
import type { Session, Sessions } from '../api/access/sessions';
import type { TokenBook } from '../api/access/token-book';
import { ApiProblem } from '../api/problem';
import { DASHBOARD_HEADERS } from './headers';
import type { SessionInfo, TemporalUi } from './session-info';

export const SESSION_PATH = '/dashboard/session';
/** Failed sign-ins per minute and address. */
const MAX_FAILURES_PER_MINUTE = 20;

export interface SessionRouteOptions {
  readonly sessions: Sessions;
  readonly tokens: TokenBook;
  readonly temporalUi: TemporalUi | null;
  /** In bytes. */
  readonly maxUploadBytes: number;
}

const signInBody = z.union([
  z.strictObject({ token: z.string().max(1_000) }),
  z.strictObject({ code: z.string().max(1_000) }),
]);

export async function sessionRoutes(
  plain: FastifyInstance,
  { sessions, tokens, temporalUi, maxUploadBytes }: SessionRouteOptions,
): Promise<void> {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  await app.register(rateLimit, { global: false });
  const countFailures = app.createRateLimit({
    max: MAX_FAILURES_PER_MINUTE,
    timeWindow: '1 minute',
    keyGenerator: ({ ip }) => `sign-in ${ip}`,
  });
  const describe = ({ token: { role, prefix }, csrf }: Session): SessionInfo => ({
    role,
    prefix,
    csrf,
    temporalUi,
    maxUploadBytes,
  });
  const answer = (reply: FastifyReply, session: Session) => reply.headers(DASHBOARD_HEADERS).send(describe(session));

  app.post(SESSION_PATH, { schema: { body: signInBody, hide: true } }, async (request, reply) => {
    // A page of another origin must not sign a browser in with a token of its own.
    if (!isFromOwnPage(request)) throw new ApiProblem('FORBIDDEN', 'only the dashboard signs in');
    const { body } = request;
    const token = 'token' in body ? tokens.find(body.token) : sessions.redeemCode(body.code);
    if (token === null) throw await refuseSignIn(request, 'token' in body);
    const opened = sessions.open(token);
    reply.header('set-cookie', formatSessionCookie(request, opened.secret));
    return answer(reply, opened);
  });

  app.get(SESSION_PATH, { schema: { hide: true } }, async (request, reply) => {
    const session = findSession(request, sessions);
    if (session === null) throw new ApiProblem('UNAUTHORIZED', 'there is no session');
    return answer(reply, session);
  });

  app.delete(SESSION_PATH, { schema: { hide: true } }, async (request, reply) => {
    const session = findSession(request, sessions);
    if (session !== null) sessions.close(session);
    return reply.headers(DASHBOARD_HEADERS).header('set-cookie', formatSessionCookie(request, null)).code(204).send();
  });

  async function refuseSignIn(request: FastifyRequest, hasToken: boolean): Promise<ApiProblem> {
    const limit = await countFailures(request);
    if (!limit.isAllowed && limit.isExceeded) {
      const detail = `more than ${MAX_FAILURES_PER_MINUTE} sign-ins in a minute failed`;
      return new ApiProblem('TOO_MANY_WRONG_TOKENS', detail, { retryAfterS: limit.ttlInSeconds });
    }
    return hasToken
      ? new ApiProblem('UNAUTHORIZED', 'the token is not one of the gateway', {
          remedy: 'Use a token of IMAGEPIPELINE_API_TOKENS of the gateway.',
        })
      : new ApiProblem('UNAUTHORIZED', 'the sign-in link was used, or has expired', {
          remedy: 'Sign in with a token, or restart "imagepipeline dev" for a new link.',
        });
  }
}
