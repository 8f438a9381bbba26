/** The API's HTTP side: its own server, for strangers reach the gateway's and must not reach this one. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import { guardedApp } from '../guarded-app';
import { guardAccess } from './access';
import { accountRoutes } from './account';
import { batchRoutes, controlRoutes } from './batches';
import { addDocument } from './document';
import { eventRoutes } from './events';
import { problemOf } from './explain';
import { imageRoutes } from './images';
import { ApiProblem, PROBLEM_TYPE, problem } from './problem';
import { redriveRoutes } from './redrive';
import { resultRoutes } from './results';
import type { ApiSettings } from './settings';
import type { ApiTools } from './tools';

const HEADERS_MS = 10_000;
const ROUTES = [
  imageRoutes,
  batchRoutes,
  controlRoutes,
  redriveRoutes,
  resultRoutes,
  eventRoutes,
  accountRoutes,
] as const;

export async function buildApiServer(settings: ApiSettings, tools: ApiTools): Promise<FastifyInstance> {
  const { log } = tools;
  const app = guardedApp({
    headersMs: HEADERS_MS,
    // Rows may be sent, and events be listened to, for as long as that takes.
    requestMs: 0,
    onBadConnection: () => undefined,
    onBadPath: () => undefined,
    notFound,
  });
  readJson(app);
  app.setValidatorCompiler(validatorCompiler);
  // What is answered is held to the schemas by its types: a second look at run time would only find what is written.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.setErrorHandler((error, request, reply) => explain(error, request, reply, log));
  await addDocument(app);
  await app.register(async (guarded) => {
    await guardAccess(guarded, settings);
    for (const routes of ROUTES) await guarded.register(routes, { tools });
  });
  return app;
}

/** In place of bytes, which is what the callbacks' server reads. An empty body is none: many clients name a format for it. */
function readJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null) : parse(request, body, done),
  );
}

function explain(error: unknown, request: FastifyRequest, reply: FastifyReply, log: ApiTools['log']): FastifyReply {
  const told = problemOf(error);
  if (told.code === 'FAULT') log(`the API failed: ${error instanceof Error ? error.name : 'unknown'}`);
  if (told.code === 'UNAUTHORIZED') reply.header('www-authenticate', 'Bearer');
  if (error instanceof ApiProblem && error.retryAfterS !== null) reply.header('retry-after', error.retryAfterS);
  // Closed, so that what is left of a body is not read.
  if (!request.raw.complete) reply.header('connection', 'close');
  return reply.code(told.status).type(PROBLEM_TYPE).send(JSON.stringify(told));
}

function notFound(reply: FastifyReply): FastifyReply {
  const told = problem('NOT_FOUND', 'there is no such path, or not for this method');
  return reply.header('connection', 'close').code(told.status).type(PROBLEM_TYPE).send(JSON.stringify(told));
}
