/** A web server that strangers may reach: everything that they send is bounded in size, and in time where that is wanted. */
import { type RequestListener, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { getOwn } from '../workflows/domain/base/own-value';

/** Many times the longest event; images are sent by address. */
export const MAX_BODY_BYTES = 64 * 1024;
/** Longer than any part of a path that Node lets in with its 16 KiB of headers. */
const MAX_PARAMETER_LENGTH = 16 * 1024;
/** How often Node looks for connections that have run out of time. */
const LATENESS_CHECK_MS = 1_000;
/** Beyond it new connections are closed at once: some hundred bytes each while nothing comes, 64 KiB at the most. */
const MAX_CONNECTIONS = 2_000;
/** For a caller to read why its connection ends. */
const LINGER_MS = 1_000;
/** Zero would be without end. */
const MIN_TIMEOUT_MS = 1;

interface Guards {
  /** For headers, in ms. */
  readonly headersMs: number;
  /** For the whole request, in ms; 0: without end. */
  readonly requestMs: number;
  /** A connection on which no request came about. Gives what it is sent beside the status; `null`: nothing. */
  readonly onBadConnection: (end: ConnectionEnd) => ConnectionAnswer | null;
  /** What is said where there is nothing, also for a path that cannot be decoded. */
  readonly notFound: (request: FastifyRequest, reply: FastifyReply) => FastifyReply;
  /**
   * Refuses what Node and Fastify would refuse without asking, which is let through to it: a request without `Host`, and
   * any that comes while the app is being closed. Default: their own answers.
   */
  readonly refuse?: (request: FastifyRequest) => Promise<void>;
}

export interface ConnectionEnd {
  readonly reason: 'slow' | 'malformed';
  readonly status: 400 | 408 | 431;
}

export interface ConnectionAnswer {
  readonly contentType: string;
  readonly text: string;
}

const MALFORMED: ConnectionEnd = { reason: 'malformed', status: 400 };
const ENDS: Readonly<Record<string, ConnectionEnd>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { reason: 'slow', status: 408 },
  HPE_HEADER_OVERFLOW: { reason: 'malformed', status: 431 },
};

/** Bodies stay bytes, and no answer repeats anything of a request. */
export function guardedApp(guards: Guards): FastifyInstance {
  const { headersMs, requestMs, onBadConnection, notFound, refuse } = guards;
  const begun = new WeakMap<Duplex, BegunAnswer>();
  const end = (socket: Duplex, connectionEnd: ConnectionEnd) => {
    const answer = onBadConnection(connectionEnd);
    // A second answer would be read as part of the one that is under way.
    if (socket.writable && !isUnderWay(begun.get(socket))) endSocket(socket, answerText(connectionEnd, answer));
    else socket.destroy();
  };
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: requestMs,
    routerOptions: {
      maxParamLength: MAX_PARAMETER_LENGTH,
      // As fronts and people write them.
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
    },
    exposeHeadRoutes: false,
    return503OnClosing: refuse === undefined,
    http: {
      headersTimeout: headersMs,
      connectionsCheckingInterval: Math.min(LATENESS_CHECK_MS, headersMs),
      requireHostHeader: refuse === undefined,
    },
    clientErrorHandler: ({ code }, socket) => end(socket, getOwn(ENDS, code) ?? MALFORMED),
    frameworkErrors: (_error, request, reply) => notFound(request as FastifyRequest, reply as FastifyReply),
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  app.server.on('request', (...[request, response]: Parameters<RequestListener>) => {
    begun.set(request.socket, response);
  });
  // There is nobody to be connected to.
  app.server.on('connect', (_request, socket: Duplex) => end(socket, MALFORMED));
  // An expectation that is not known may be passed over (RFC 9110); Node would refuse it with an answer of its own.
  app.server.on('checkExpectation', (...call: Parameters<RequestListener>) => void app.server.emit('request', ...call));
  if (refuse !== undefined) app.addHook('onRequest', refuse);
  app.addHook('preClose', async () => {
    // Idle connections are closed by then. Those of answers under way become idle later, and are kept for over a minute.
    app.server.keepAliveTimeout = MIN_TIMEOUT_MS;
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setNotFoundHandler(notFound);
  return app;
}

/** What still comes is dropped unread for a moment: a connection that is closed before takes the answer with it. */
function endSocket(socket: Duplex, answer: string): void {
  socket.end(answer);
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

interface BegunAnswer {
  readonly headersSent: boolean;
  readonly writableFinished: boolean;
}

function isUnderWay(answer: BegunAnswer | undefined): boolean {
  return answer?.headersSent === true && !answer.writableFinished;
}

function answerText({ status }: ConnectionEnd, answer: ConnectionAnswer | null): string {
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, 'connection: close'];
  if (answer === null) return [...head, '', ''].join('\r\n');
  const { contentType, text } = answer;
  const about = [`content-type: ${contentType}`, `content-length: ${Buffer.byteLength(text)}`];
  return [...head, ...about, '', text].join('\r\n');
}
