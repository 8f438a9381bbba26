/** The API's own HTTP server: the callback server is public, this one is not. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findErrorName } from '../../workflows/domain/base/errors';
import { pageRoutes } from '../dashboard/page-routes';
import type { TemporalUi } from '../dashboard/session-info';
import { sessionRoutes } from '../dashboard/session-routes';
import { guardedApp } from '../guarded-app';
import { guardAccess } from './access/guard-access';
import type { Sessions } from './access/sessions';
import type { TokenBook } from './access/token-book';
import { accountRoutes } from './account';
import { describeConnectionEnd, HEADERS_MS } from './bad-connection';
import { batchRoutes, changeRoutes, controlRoutes } from './batches';
import { callRoutes } from './calls';
import { addDocument } from './document';
import { eventRoutes } from './events';
import { toProblem } from './explain';
import { fileRoutes } from './files/file-routes';
import { hideAddressIn, hidePathsIn } from './files/hide-paths';
import { requestRoutes } from './files/request-routes';
import { zipRoutes } from './files/zip-routes';
import { itemRoutes } from './items';
import { knownMethods } from './known-methods';
import { listRoutes } from './lists/list-routes';
import { runRoutes } from './lists/run-routes';
import { planRoutes } from './plans';
import { ApiProblem, PROBLEM_TYPE, withoutReassurance } from './problem';
import { readJson } from './read-json';
import { redriveRoutes } from './redrive';
import { resultRoutes } from './results';
import { scheduleRoutes } from './schedules';
import type { ApiSettings } from './settings';
import { storeRoutes } from './store';
import { type ApiTools, batchBounds } from './tools';
import { validateBySchema } from './validate';

const STOPPING_RETRY_S = 5;
/** Of problems of the request itself. */
const INVALID_STATUS = 422;
const ROUTES = [
  itemRoutes,
  listRoutes,
  batchRoutes,
  planRoutes,
  changeRoutes,
  controlRoutes,
  redriveRoutes,
  resultRoutes,
  fileRoutes,
  requestRoutes,
  runRoutes,
  zipRoutes,
  eventRoutes,
  storeRoutes,
  accountRoutes,
  callRoutes,
  scheduleRoutes,
] as const;

/** The dashboard, and the sessions of its users. */
export interface DashboardParts {
  readonly sessions: Sessions;
  readonly temporalUi: TemporalUi | null;
}

/** @param dashboard default `null`: there is none, and only tokens are accepted */
export async function buildApiServer(
  limits: Pick<ApiSettings, 'requestsPerMinute' | 'wrongTokensPerMinute'>,
  tokens: TokenBook,
  tools: ApiTools,
  dashboard: DashboardParts | null = null,
): Promise<FastifyInstance> {
  const app = guardedApp({
    headersMs: HEADERS_MS,
    // Uploads and event streams have no time limit.
    requestMs: 0,
    onBadConnection: describeConnectionEnd,
    refuse: async (request) => refuse(request, tools.stopping),
    notFound: (request, reply) => explain(notThere(findMethods(request.url), request.method), request, reply, tools),
  });
  const findMethods = knownMethods(app);
  readJson(app, batchBounds(tools.settings));
  app.setValidatorCompiler(validateBySchema());
  // Types already hold the answers to the schemas; a check at run time would add nothing.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.addHook('preSerialization', async (_request, _reply, answer) => hidePathsIn(answer, tools.store.address));
  app.setErrorHandler((error, request, reply) => {
    // Fastify refuses some methods before it looks for their routes.
    return explain(request.is404 ? notThere(findMethods(request.url), request.method) : error, request, reply, tools);
  });
  await addDocument(app);
  await app.register(async (guarded) => {
    await guardAccess(guarded, tokens, dashboard?.sessions ?? null, limits);
    for (const routes of ROUTES) await guarded.register(routes, { tools });
  });
  if (dashboard !== null) {
    await app.register(sessionRoutes, { ...dashboard, tokens, maxUploadBytes: tools.settings.maxBatchBytes });
    await app.register(pageRoutes);
  }
  return app;
}

/** @throws ApiProblem for requests that Node and Fastify would refuse without problem details */
function refuse({ raw }: FastifyRequest, stopping: AbortSignal): void {
  if (stopping.aborted) {
    throw new ApiProblem('STOPPING', 'no more requests are accepted', { retryAfterS: STOPPING_RETRY_S });
  }
  if (raw.httpVersion === '1.1' && raw.headers.host === undefined) {
    throw new ApiProblem('MALFORMED_REQUEST', 'the header Host is missing');
  }
}

function explain(error: unknown, request: FastifyRequest, reply: FastifyReply, { log, store }: ApiTools): FastifyReply {
  const found = isRead(request) ? withoutReassurance(toProblem(error)) : toProblem(error);
  const problem = (found.status === INVALID_STATUS ? hideAddressIn : hidePathsIn)(found, store.address);
  if (problem.code === 'FAULT') log(`the API failed: ${findErrorName(error)}`);
  // The answer does not name the store's address.
  if (problem.code === 'STORE_UNAVAILABLE' && error instanceof Error) log(error.message);
  if (problem.code === 'UNAUTHORIZED') reply.header('www-authenticate', 'Bearer');
  const { retryAfterS, allow } = error instanceof ApiProblem ? error.details : {};
  if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS);
  if (allow !== undefined) reply.header('allow', allow.join(', '));
  // Closes the connection: the rest of the body is not read.
  if (!request.raw.complete) reply.header('connection', 'close');
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** @param allow the methods of the path */
function notThere(allow: readonly string[], method: string): ApiProblem {
  // A path that has this method but cannot be decoded.
  if (allow.length === 0 || allow.includes(method)) return new ApiProblem('NOT_FOUND', 'there is no such path');
  return new ApiProblem('METHOD_NOT_ALLOWED', `this path supports only ${allow.join(', ')}`, { allow });
}
