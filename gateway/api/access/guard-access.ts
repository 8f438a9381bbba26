/** Authenticates callers, limits their rate, and refuses what their token does not allow. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { BatchNotFoundError, ItemNotFoundError, ScheduleNotFoundError } from '../../../connection/errors';
import { readBearerToken } from '../../bearer';
import { ApiProblem } from '../problem';
import type { ApiSettings } from '../settings';
import { type ApiToken, mayDo } from './api-token';
import { findSession } from './find-session';
import { isOwnId } from './own-ids';
import type { Role } from './roles';
import type { Session, Sessions } from './sessions';
import type { TokenBook } from './token-book';

/** Requests per minute and address without a valid token. Valid tokens still pass: callers behind one proxy share an address. */
export const MAX_WRONG_TOKENS_PER_MINUTE = 60;
/** Requests per minute of a session, if tokens do not have more: a page of thumbnails is a hundred requests. */
const MIN_SESSION_REQUESTS_PER_MINUTE = 3_000;
const WINDOW = '1 minute';

/** What a route is about: items and batches, which have ids of callers, or the account of all callers. */
type Subject = 'items' | 'batches' | 'schedules' | 'account';

type RateLimits = Pick<ApiSettings, 'requestsPerMinute' | 'wrongTokensPerMinute'>;

interface Access {
  readonly needs: Role;
  readonly subject: Subject;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The verified token; `null` before verification. */
    verified: ApiToken | null;
    /** The session that stands for the token; `null`: the request has the token. */
    session: Session | null;
  }
  interface FastifyContextConfig {
    access?: Access;
  }
}

/** The error of an unknown id. */
const NOT_FOUND = { items: ItemNotFoundError, batches: BatchNotFoundError, schedules: ScheduleNotFoundError } as const;

/** What a caller needs for a route; part of the options of each one. */
export function needs(role: Role, subject: Subject) {
  return { config: { access: { needs: role, subject } } };
}

/** The token of a guarded request. */
export function tokenOf({ verified }: Pick<FastifyRequest, 'verified'>): ApiToken {
  if (verified === null) throw new Error('the request was not authenticated');
  return verified;
}

/**
 * Guards every route of this plugin before the body is read: first the token or session, then the rate, then what the token
 * allows.
 *
 * @param sessions `null`: only tokens are accepted
 */
export async function guardAccess(
  app: FastifyInstance,
  tokens: TokenBook,
  sessions: Sessions | null,
  { requestsPerMinute, wrongTokensPerMinute = MAX_WRONG_TOKENS_PER_MINUTE }: RateLimits,
): Promise<void> {
  app.decorateRequest('verified', null);
  app.decorateRequest('session', null);
  app.addHook('onRoute', refuseOpenRoute);
  app.addHook('onRequest', async (request) => {
    const hasHeader = request.headers.authorization !== undefined;
    request.session = hasHeader || sessions === null ? null : findSession(request, sessions);
    request.verified = request.session?.token ?? tokens.find(readBearerToken(request.headers.authorization));
    if (request.verified === null) throw await refuseToken(request);
  });
  await app.register(rateLimit, {
    max: ({ session }) =>
      session === null ? requestsPerMinute : Math.max(requestsPerMinute, MIN_SESSION_REQUESTS_PER_MINUTE),
    timeWindow: WINDOW,
    keyGenerator: (request) =>
      request.session === null ? `token ${tokenOf(request).hash.toString('hex')}` : `session ${request.session.key}`,
    errorResponseBuilder: (_request, { max }) =>
      new ApiProblem('TOO_MANY_REQUESTS', `more than ${max} requests in a minute`),
  });
  app.addHook('onRequest', async (request) => refuseForbidden(request));
  const countWrongTokens = app.createRateLimit({
    max: wrongTokensPerMinute,
    timeWindow: WINDOW,
    keyGenerator: ({ ip }) => `address ${ip}`,
  });
  const refuseToken = async (request: FastifyRequest): Promise<ApiProblem> => {
    const limit = await countWrongTokens(request);
    if (limit.isAllowed || !limit.isExceeded) {
      return new ApiProblem('UNAUTHORIZED', 'the bearer token is missing or invalid');
    }
    const detail = `more than ${wrongTokensPerMinute} requests in a minute had no valid token`;
    return new ApiProblem('TOO_MANY_WRONG_TOKENS', detail, { retryAfterS: limit.ttlInSeconds });
  };
}

/** A route that does not say what it needs would be open to every token. */
function refuseOpenRoute({ method, url, config }: RouteOptions): void {
  if (config?.access === undefined) throw new Error(`the route ${method} ${url} does not say which role it needs`);
}

/** @throws ApiProblem FORBIDDEN, or the error of an unknown id for an id of another caller */
function refuseForbidden(request: FastifyRequest): void {
  const { access } = request.routeOptions.config;
  if (access === undefined) return;
  const token = tokenOf(request);
  if (!mayDo(token, access.needs)) {
    throw new ApiProblem('FORBIDDEN', `the token has the role ${token.role}; this needs ${access.needs}`);
  }
  const { id } = request.params as { readonly id?: string };
  if (access.subject === 'account') {
    if (token.prefix === '') return;
    throw new ApiProblem('FORBIDDEN', 'the token is limited to ids with a prefix; the account belongs to all callers');
  }
  if (id === undefined || isOwnId(token, id)) return;
  throw new NOT_FOUND[access.subject](id);
}
