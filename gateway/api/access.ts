/** Authenticates callers and limits their rate. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findToken, readBearerToken } from '../bearer';
import { ApiProblem } from './problem';
import type { ApiSettings } from './settings';

/** Requests per minute and address without a valid token. Valid tokens still pass: callers behind one proxy share an address. */
export const MAX_WRONG_TOKENS_PER_MINUTE = 60;
const WINDOW = '1 minute';

declare module 'fastify' {
  interface FastifyRequest {
    /** Index of the verified token in the settings; `null` before verification. */
    tokenNumber: number | null;
  }
}

/** Guards every route of this plugin: first the token, before the body is read, then the rate. */
export async function guardAccess(
  app: FastifyInstance,
  { tokens, requestsPerMinute }: Pick<ApiSettings, 'tokens' | 'requestsPerMinute'>,
): Promise<void> {
  app.decorateRequest('tokenNumber', null);
  app.addHook('onRequest', async (request) => {
    request.tokenNumber = findToken(readBearerToken(request.headers.authorization), tokens);
    if (request.tokenNumber === null) throw await refuseToken(request);
  });
  await app.register(rateLimit, {
    max: requestsPerMinute,
    timeWindow: WINDOW,
    keyGenerator: ({ tokenNumber }) => `token ${tokenNumber}`,
    errorResponseBuilder: (_request, { max }) =>
      new ApiProblem('TOO_MANY_REQUESTS', `more than ${max} requests in a minute`),
  });
  const countWrongTokens = app.createRateLimit({
    max: MAX_WRONG_TOKENS_PER_MINUTE,
    timeWindow: WINDOW,
    keyGenerator: ({ ip }) => `address ${ip}`,
  });
  const refuseToken = async (request: FastifyRequest): Promise<ApiProblem> => {
    const limit = await countWrongTokens(request);
    if (limit.isAllowed || !limit.isExceeded) {
      return new ApiProblem('UNAUTHORIZED', 'the bearer token is missing or invalid');
    }
    const detail = `more than ${MAX_WRONG_TOKENS_PER_MINUTE} requests in a minute had no valid token`;
    return new ApiProblem('TOO_MANY_WRONG_TOKENS', detail, { retryAfterS: limit.ttlInSeconds });
  };
}
