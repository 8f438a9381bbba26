/** Who may use the API, and how often. */
import { createHash } from 'node:crypto';
import bearerAuth from '@fastify/bearer-auth';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { ApiProblem } from './problem';
import type { ApiSettings } from './settings';

/** For every route of this part of the app: first the token, before anything of the body is read; then the pace. */
export async function guardAccess(
  app: FastifyInstance,
  { tokens, requestsPerMinute }: Pick<ApiSettings, 'tokens' | 'requestsPerMinute'>,
): Promise<void> {
  await app.register(bearerAuth, { keys: new Set(tokens), addHook: false });
  app.addHook('onRequest', (request, reply, done) => {
    app.verifyBearerAuth?.(request, reply, (refusal) => done(refusal === undefined ? undefined : unauthorized()));
  });
  await app.register(rateLimit, {
    max: requestsPerMinute,
    timeWindow: '1 minute',
    // The counts are kept by hashes, so that no token stays in memory but those of the settings.
    keyGenerator: ({ headers }) => createHash('sha256').update(`${headers.authorization}`).digest('hex'),
    errorResponseBuilder: (_request, { max }) =>
      new ApiProblem('TOO_MANY_REQUESTS', `more than ${max} requests in a minute`),
  });
}

function unauthorized(): ApiProblem {
  return new ApiProblem('UNAUTHORIZED', 'the bearer token is missing, or is not one of ours');
}
