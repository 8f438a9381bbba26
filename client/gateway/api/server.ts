/** The API's HTTP side: its own server, for strangers reach the gateway's and must not reach this one. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { guardedApp, MAX_BODY_BYTES } from '../guarded-app';
import { guardAccess } from './access';
import { accountRoutes } from './account';
import { batchRoutes, controlRoutes } from './batches';
import { addDocument } from './document';
import { eventRoutes } from './events';
import { problemOf } from './explain';
import { imageRoutes } from './images';
import { knownMethods } from './known-methods';
import { ApiProblem, PROBLEM_TYPE } from './problem';
import { type BodyBounds, readTextBody } from './read-body';
import { redriveRoutes } from './redrive';
import { resultRoutes } from './results';
import type { ApiSettings } from './settings';
import { type ApiTools, batchBounds } from './tools';
import { validateBySchema } from './validate';

const HEADERS_MS = 10_000;
const TOO_LARGE_HERE = `Send at most ${MAX_BODY_BYTES / 1024} KiB here; nothing was started.`;
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
    notFound: (request, reply) => explain(notThere(methodsOf(request.url)), request, reply, log),
  });
  const methodsOf = knownMethods(app);
  readJson(app, batchBounds(tools.settings));
  app.setValidatorCompiler(validateBySchema());
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

/** In place of bytes, which is what the callbacks' server reads. An empty body is none. */
function readJson(app: FastifyInstance, { pace, ...bounds }: BodyBounds): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (request: FastifyRequest, raw: IncomingMessage) => {
    const maxBytes = Math.min(request.routeOptions.bodyLimit, bounds.maxBytes);
    const remedy = maxBytes < bounds.maxBytes ? { tooLargeRemedy: TOO_LARGE_HERE } : {};
    const text = await readTextBody(raw, { maxBytes, pace, ...remedy });
    return text === ''
      ? undefined
      : new Promise<unknown>((resolve, reject) => {
          void parse(request, text, (error, value) => (error === null ? resolve(value) : reject(error)));
        });
  });
  // Many clients name a format for a body that they do not send.
  app.addContentTypeParser('*', async ({ headers, is404 }: FastifyRequest) => {
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (hasBody && !is404)
      throw new ApiProblem('UNSUPPORTED_CONTENT_TYPE', 'the Content-Type is missing, or is not read here');
  });
}

function explain(error: unknown, request: FastifyRequest, reply: FastifyReply, log: ApiTools['log']): FastifyReply {
  const told = problemOf(error);
  if (told.code === 'FAULT') log(`the API failed: ${error instanceof Error ? error.name : 'unknown'}`);
  // Callers are not told where it is.
  if (told.code === 'STORE_UNAVAILABLE' && error instanceof Error) log(error.message);
  if (told.code === 'UNAUTHORIZED') reply.header('www-authenticate', 'Bearer');
  const { retryAfterS, allow } = error instanceof ApiProblem ? error.details : {};
  if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS);
  if (allow !== undefined) reply.header('allow', allow.join(', '));
  // Closed, so that what is left of a body is not read.
  if (!request.raw.complete) reply.header('connection', 'close');
  return reply.code(told.status).type(PROBLEM_TYPE).send(JSON.stringify(told));
}

/** @param allow the methods that the path has */
function notThere(allow: readonly string[]): ApiProblem {
  if (allow.length === 0) return new ApiProblem('NOT_FOUND', 'there is no such path');
  return new ApiProblem('METHOD_NOT_ALLOWED', `this path has ${allow.join(', ')} only`, { allow });
}
