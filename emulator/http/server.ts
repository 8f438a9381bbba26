import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type HTTPMethods } from 'fastify';
import { plainAnswer, type Reply } from './answer';
import { send, sendWhenDue } from './send';

const MAX_BODY_BYTES = 1024 * 1024;
const METHODS: readonly HTTPMethods[] = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** One row of the route table. */
export interface Route {
  readonly method: HTTPMethods;
  readonly path: string;
  /** Maximum size of the body. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  readonly handle: (request: FastifyRequest) => Reply | Promise<Reply>;
}

/** Creates a server for the routes; another method on their paths is a 405, another path a 404. */
export function buildServer(routes: readonly Route[]): FastifyInstance {
  const app = fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true, exposeHeadRoutes: false });
  // Bodies stay bytes: their hash goes into the ledger, and routes report their problems.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setNotFoundHandler((_request, reply) => send(reply, { answer: plainAnswer(404) }));
  app.setErrorHandler(answerError);
  for (const route of routes) addRoute(app, route);
  for (const path of new Set(routes.map((route) => route.path))) refuseOtherMethods(app, path, routes);
  return app;
}

function addRoute(app: FastifyInstance, { method, path, maxBodyBytes = MAX_BODY_BYTES, handle }: Route): void {
  app.route({
    ...{ method, url: path, bodyLimit: maxBodyBytes },
    handler: async (request, reply) => sendWhenDue(reply, await handle(request)),
  });
}

function refuseOtherMethods(app: FastifyInstance, path: string, routes: readonly Route[]): void {
  const allowed = routes.filter((route) => route.path === path).map(({ method }) => method);
  app.route({
    method: METHODS.filter((method) => !allowed.includes(method)),
    url: path,
    handler: (_request, reply) => send(reply, { answer: plainAnswer(405, { allow: allowed.join(', ') }) }),
  });
}

function answerError(error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status < 500) return send(reply, { answer: plainAnswer(status) });
  // An error of the emulator itself must not look like an emulated one.
  return send(reply, { answer: { status, body: `The emulator itself failed: ${String(error)}` } });
}
